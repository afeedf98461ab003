// Whether the kernel can be reached, as the front end tells it.

// One started anew knows nothing of a panel that an older one made.
const OVER = ["restarting", "autorestarting", "terminating", "dead"];

/** Tell a session at once that its kernel is out of reach, and that it is back. */
export function watchKernel(model, session) {
  const kernel = model.widget_manager?.kernel;
  if (!kernel?.connectionStatusChanged) return () => {};
  const onConnection = () => {
    if (kernel.connectionStatus === "connected") session.found();
    else session.lose("away");
  };
  const onStatus = () => {
    if (OVER.includes(kernel.status)) session.lose("gone");
  };
  kernel.connectionStatusChanged.connect(onConnection);
  kernel.statusChanged.connect(onStatus);
  return () => {
    kernel.connectionStatusChanged.disconnect(onConnection);
    kernel.statusChanged.disconnect(onStatus);
  };
}

import { openBoard } from "./dashboard/board.js";
import { fit } from "./dashboard/fit.js";
import { solve } from "./dashboard/session.js";

export { fit, solve };
export default { render: ({ model, el }) => openBoard(model, el) };

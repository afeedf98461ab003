import { openBoard } from "./dashboard/board.js";
import { solve } from "./dashboard/session.js";

export { solve };
export default { render: ({ model, el }) => openBoard(model, el) };

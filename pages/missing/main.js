// Where no page is: what may have been meant.

import { frame } from "../shared/frame.js";
import { TEXTS } from "./texts.js";

frame(TEXTS);

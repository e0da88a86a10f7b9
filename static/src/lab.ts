import { addThemeSwitch } from "./theme.ts";
addThemeSwitch(document.getElementById("theme"));

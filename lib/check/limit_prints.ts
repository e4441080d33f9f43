import { interceptPrints } from "../host/intercept_prints.ts";

/** This many prints of a module are shown: enough to see what it says, and not hundreds of calls of it. */
const MOST_PRINTS = 20;

/**
 * From now on what user code prints by `console` is shown a few times only. Returns what ends this, and says how many
 * prints were left out.
 */
export function limitPrints(): () => void {
  let count = 0;
  let isPrinting = false;
  const end = interceptPrints((print, isConsole) => {
    // one print may be made of others
    if (!isConsole || isPrinting) return print();
    if (++count > MOST_PRINTS) return undefined;
    isPrinting = true;
    try {
      return print();
    } finally {
      isPrinting = false;
    }
  });
  return () => {
    end();
    if (count > MOST_PRINTS) console.error(`(${count - MOST_PRINTS} more prints of the module are not shown)`);
  };
}

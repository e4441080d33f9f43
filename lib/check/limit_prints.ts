import { interceptPrints } from "../host/intercept_prints.ts";

/** How many prints of a module are shown: the check calls it hundreds of times. */
const MOST_PRINTS = 20;

/**
 * From now on only the first prints of user code by `console` are shown. Returns a function that ends this, and reports
 * how many prints were left out.
 */
export function limitPrints(): () => void {
  let count = 0;
  let isPrinting = false;
  const end = interceptPrints((print, isConsole) => {
    // A method of `console` may call another one: that is the same print.
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

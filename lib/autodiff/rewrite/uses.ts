import { childrenOf, type Node, targetsOf, walk } from "./nodes.ts";
import type { Binding } from "./scopes.ts";

/** What is around the places where the variables of a module are named. Found when first needed. */
export class Uses {
  private readonly parents = new Map<Node, Node>();
  private readonly targets = new Set<Node>();

  constructor(private readonly program: Node) {}

  /** All places where a variable is named but its declaration. */
  of(binding: Binding): readonly Node[] {
    return binding.uses.filter((node) => node !== binding.id);
  }

  /** The parent of a node; `undefined` for the module. */
  around(node: Node): Node | undefined {
    this.look();
    return this.parents.get(node);
  }

  /** Is it a name or a member that is assigned to, counted up or down, or deleted? */
  isTarget(node: Node): boolean {
    this.look();
    return this.targets.has(node);
  }

  /** Is it declared by `export const x = …` or the like? */
  isExported(binding: Binding): boolean {
    let node: Node | undefined = binding.id;
    while (node && !/Declaration$/.test(node.type)) node = this.around(node);
    return node !== undefined && this.around(node)?.type === "ExportNamedDeclaration";
  }

  private look(): void {
    if (this.parents.size > 0) return;
    walk(this.program, (node) => {
      for (const target of targetsOf(node)) this.targets.add(target);
      for (const part of childrenOf(node)) this.parents.set(part, node);
    });
  }
}

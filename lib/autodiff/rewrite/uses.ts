import { childrenOf, type Node, targetsOf } from "./nodes.ts";
import type { Binding, Scopes } from "./scopes.ts";

/** Where the variables of a module are named, and the nodes around each node. Found when first needed. */
export class Uses {
  private uses: Map<Binding, Node[]> | undefined;
  private readonly parents = new Map<Node, Node>();
  private readonly targets = new Set<Node>();

  constructor(private readonly program: Node, private readonly scopes: Scopes) {}

  /** All places where a variable is named but its declaration. */
  of(binding: Binding): readonly Node[] {
    this.look();
    return this.uses!.get(binding)!.filter((node) => node !== binding.id);
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
    if (this.uses) return;
    this.uses = new Map();
    this.visit(this.program);
  }

  private visit(node: Node): void {
    const binding = node.type === "Identifier" ? this.scopes.of(node) : undefined;
    if (binding) {
      const uses = this.uses!.get(binding);
      if (uses) uses.push(node);
      else this.uses!.set(binding, [node]);
    }
    for (const target of targetsOf(node)) this.targets.add(target);
    for (const part of childrenOf(node)) {
      this.parents.set(part, node);
      this.visit(part);
    }
  }
}

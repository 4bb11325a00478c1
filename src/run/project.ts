import { createHash } from 'node:crypto';
import { basename } from 'node:path';

/** What the containers of one manifest have in common. */
export interface Project {
  /** Begins the names of all that is made for it: the folder's name, as engines take it. */
  readonly name: string;
  /** Absolute: the manifest's folder. */
  readonly root: string;
  /** Tells projects apart whose folders have one name. */
  readonly id: string;
}

/** Marks of what is ours on containers, networks and volumes. What lacks them is never touched. */
export const labels = {
  project: 'pycontainer.project',
  root: 'pycontainer.root',
  target: 'pycontainer.target',
  /** Digest of the image's config. */
  image: 'pycontainer.image',
  /** Hash of all that the container was made with, but for the image. */
  settings: 'pycontainer.settings',
  /** `up`, or `run` for a container that runs one command. */
  kind: 'pycontainer.kind',
} as const;

export function projectOf(root: string): Project {
  const name = basename(root)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  const id = createHash('sha256').update(root).digest('hex').slice(0, 12);
  return { name: name === '' ? 'project' : name, root, id };
}

export function containerName({ name }: Project, target: string): string {
  return `${name}-${target}`;
}

/** On everything that is made for the project. */
export function projectLabels({ id, root }: Project): Readonly<Record<string, string>> {
  return { [labels.project]: id, [labels.root]: root };
}

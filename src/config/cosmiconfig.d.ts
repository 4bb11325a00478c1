/** The package's declarations leave this class out (it is marked internal); its shape is that of 9.0. */
declare module 'cosmiconfig/dist/Explorer.js' {
  import type { Options, PublicExplorer } from 'cosmiconfig';

  export class Explorer implements Pick<PublicExplorer, 'load' | 'search'> {
    constructor(options: Options & { moduleName: string; metaConfigFilePath: string | null });
    load: PublicExplorer['load'];
    search: PublicExplorer['search'];
  }
}

/** @file Builds the live page into dist/apps/page. `base: './'`: it works below any path of a proxy. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: { outDir: '../../dist/apps/page', emptyOutDir: true, target: 'es2022' },
});

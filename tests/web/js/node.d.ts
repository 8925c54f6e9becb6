// What the tests use of Node.js. Its own types would be a second dependency, so these modules are untyped here; what is
// tested has its types all the same.
declare module "node:assert/strict";
declare module "node:child_process";
declare module "node:crypto";
declare module "node:fs";
declare module "node:fs/promises";
declare module "node:http";
declare module "node:net";
declare module "node:os";
declare module "node:path";
declare module "node:test";
declare module "node:url";
declare module "node:util";
declare module "node:zlib";
declare const process: { env: Record<string, string | undefined>; argv: string[]; on(event: string, heard: (error: Error) => void): void };

/** Stands for the `REDIS_URL` that the README's example is run with: this test file's own database. */
import { testRedisUrl } from "./redis.js";

process.env["REDIS_URL"] = await testRedisUrl();

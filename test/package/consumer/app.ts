// A small app of a user of the package. packed.test.ts compiles it against the packed declarations.
import express from "express";
import { createCurfew } from "express-curfew";
import * as auth0 from "express-curfew/auth0";
import * as looker from "express-curfew/looker";
import * as policy from "express-curfew/policy";
import * as testing from "express-curfew/testing";

const curfew = createCurfew({ redis: "redis://127.0.0.1:6379" });
const app = express();

app.use(curfew.session({ secret: "not one to copy" }));
app.post("/login", async (req, res) => {
  await curfew.signIn(req, { userId: "ada", persistent: true });
  res.redirect("/");
});
app.get("/account", curfew.requireSignIn(), (req, res) => {
  res.json({ state: req.curfew.state });
});

export { app, auth0, looker, policy, testing };

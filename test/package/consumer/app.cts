// The same in a CommonJS module of that project.
import express = require("express");
import { createCurfew, CurfewError } from "express-curfew";
import { lookerApi } from "express-curfew/looker";

const curfew = createCurfew({ redis: "redis://127.0.0.1:6379" });
const app = express();

app.use(curfew.session({ secret: "not one to copy" }));
app.use("/api/4.0", lookerApi(curfew, { authorize: () => true }));
app.get("/account", curfew.requireSignIn(), (req, res) => {
  if (req.curfew.state === "active") res.json(req.curfew.session.userId);
});

export const isCurfews = (error: unknown): boolean => error instanceof CurfewError;

import express, { type Express } from "express";
import type { Curfew } from "../../src/index.js";
import { textOf, type ShowPage } from "./client-site.js";

/** Adds a form with every kind of field. The server stores `body` alone. */
export function addEditor(app: Express, curfew: Curfew, show: ShowPage): void {
  let stored = "";
  let isBroken = false;
  app.get("/edit", curfew.requireSignIn(), (request, response) => {
    const form = `<form id="edit" method="post" action="/edit" data-curfew-draft="ticket-42">
      <input type="hidden" name="form_key" value="secret of the form">
      <label>Title <input name="title" id="name" value="old title"></label>
      <label>Text <textarea name="body" id="text">${stored}</textarea></label>
      <label>Urgent <input type="checkbox" name="urgent" id="urgent"></label>
      <label>Kind <select name="kind" id="kind"><option>bug</option><option>idea</option></select></label>
      <label>Password <input type="password" name="word" id="word"></label>
      <label>Shown password <input name="new-password" id="shown"></label>
      <label data-curfew-nodraft>Private <input name="private" id="private"></label>
      <button id="save">Save</button></form>
      <form method="post" action="/leave" data-curfew-signout><button id="out">Sign out</button></form>`;
    response.send(show(request, "Edit", form));
  });
  app.post("/edit", curfew.requireSignIn(), express.urlencoded(), (request, response) => {
    if (isBroken) {
      response.status(500).send(show(request, "Failed", "<p>It failed.</p>"));
      return;
    }
    stored = String((request.body as { body: unknown }).body);
    response.redirect(303, "/page");
  });
  app.post("/leave", async (request, response) => {
    await curfew.signOut(request);
    response.redirect(303, "/login");
  });
  app.get("/store", (request, response) => {
    stored = textOf(request, "text");
    isBroken = request.query["broken"] === "1";
    response.send("stored");
  });
}

package diff_test

// combined is a document whose POST /things takes and returns the schema Thing. REQUEST and
// RESPONSE are where it is used.
const combined = `openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /things:
    post:
      operationId: addThing
      requestBody: {content: {application/json: {schema: REQUEST}}}
      responses: {"200": {description: ok, content: {application/json: {schema: RESPONSE}}}}
components:
  schemas:
SCHEMAS`

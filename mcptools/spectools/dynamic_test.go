package spectools

const clinic = `
openapi: 3.0.3
info: {title: Clinic, version: "2", description: "Books <b>visits</b>."}
externalDocs: {url: "https://docs.example.com"}
paths:
  /health: {get: {operationId: health_check, summary: Whether the service is up, responses: {"200": {description: ok}}}}
  /visits:
    get: {operationId: listVisits, tags: [visits], parameters: [{name: doctor, in: query, schema: {type: string}}], responses: {"200": {description: ok}}}
    post: {operationId: bookVisit, tags: [visits], summary: Book a visit, responses: {"201": {description: ok}}}
  /visits/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {operationId: getVisit, tags: [visits], responses: {"200": {description: ok}}}
    delete: {operationId: cancelVisit, tags: [visits], summary: Cancel a visit, responses: {"204": {description: ok}}}
  /invoices:
    post: {operationId: createInvoice, tags: [billing], summary: Create an invoice, responses: {"201": {description: ok}}}
`

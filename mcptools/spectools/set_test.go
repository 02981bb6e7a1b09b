package spectools

const shop = `
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "https://shop.example.com"}]
paths:
  /things/{id}:
    get:
      operationId: getThing
      summary: Get a thing
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: fields, in: query, schema: {type: array, items: {type: string}}}
        - {name: id, in: query, schema: {type: integer, format: int64}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: Authorization, in: header, schema: {type: string}}
      responses: {"200": {description: ok, content: {application/json: {}}}}
    delete:
      operationId: deleteThing
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"204": {description: gone}}
  /things:
    post:
      operationId: createThing
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name, id]
              properties:
                id: {type: string, readOnly: true}
                name: {type: string, minLength: 2, pattern: '^[\w-.]+$'}
                price: {type: number, nullable: true}
                parent: {$ref: '#/components/schemas/Node'}
      responses: {"201": {description: made}}
components:
  schemas:
    Node:
      type: object
      properties: {next: {$ref: '#/components/schemas/Node'}, v: {type: integer, maximum: 9223372036854775807}}
`

package openapi

// The objects of OpenAPI, one a line: a name, then members, in the order in which they are written.
// It is the one that people expect; the specification does not define any. Members behind "|" have
// no place in it, and follow by name. A member that must be there has "!", one that only some
// versions have "@3.0", or "@3.1" or "@3.2" for these and later ones; of several lines or members
// of a name the last one counts. An object of several kinds is told by a member, as in
// "Parameter(in=path)". "+Name" takes the members of another line over; /…/ is the form of the keys
// that have no line of their own. Objects take extensions (x-…), except for those marked "open",
// which take all other members.
//
// Types: text, token (a name of HTTP), flag (a boolean), true, number, positive, count (an integer
// from 0 on), any, a name of an object, (a b) for one of some texts, [T] a list, {T} a map, T|U for
// either, T& for T or a Reference Object. [T]+ must not be empty, [T]u not repeat an element, {T}k
// has names of components as keys, {T}t tokens.

// Objects3 is of OpenAPI 3.0.4, 3.1.1 and 3.2.0, section 4. Extensions are listed for their places.
const Objects3 = `
Document: openapi! text; $self@3.2 text; jsonSchemaDialect@3.1 text; info! Info; externalDocs Docs; servers
  [Server]; security [Requirement]; tags [Tag]; paths Paths; webhooks@3.1 {Item}; components Components
Info: title! text; summary@3.1 text; version! text|number; description text; termsOfService text; contact Contact;
  license License
Contact: name text; url text; email text
License: name! text; identifier@3.1 text; url text
Server: name@3.2 text; url! text; description text; variables {Variable}
Variable: default! text; description text; enum@3.0 [text]; enum@3.1 [text]+
Components: securitySchemes {Scheme&}k; parameters {Parameter&}k; headers {Header&}k; requestBodies {Body&}k;
  responses {Response&}k; links {Link&}k; callbacks {Callback&}k; examples {Example&}k; schemas {Schema}k;
  mediaTypes@3.2 {Media&}k; pathItems@3.1 {Item}k
Paths: /^[/]/ Item
Item: $ref text; summary text; description text; servers [Server]; parameters [Parameter&]u; get Operation;
  query@3.2 Operation; head Operation; post Operation; put Operation; patch Operation; delete Operation; options
  Operation; trace Operation; additionalOperations@3.2 {Operation}
Operation: operationId text; summary text; description text; tags [text]; deprecated flag; externalDocs Docs;
  servers [Server]; security [Requirement]; parameters [Parameter&]u; requestBody Body&; responses!@3.0 Responses;
  responses@3.1 Responses; callbacks {Callback&}; |; ` + ExtOperations + ` {Operation}
Docs: description text; url! text
ParameterBase: name! text; in! text; description text; required flag; deprecated flag; allowEmptyValue flag; style
  text; explode flag; allowReserved@3.0 flag; schema Schema; content {Media}; content@3.2 {Media&}; example any;
  examples {Example&}
Parameter(in=path): +ParameterBase; style (matrix label simple); allowReserved@3.2 flag
Parameter(in=query): +ParameterBase; style (form spaceDelimited pipeDelimited deepObject); allowReserved flag
Parameter(in=header): +ParameterBase; name! token; style (simple)
Parameter(in=cookie): +ParameterBase; style (form); style@3.2 (form cookie); allowReserved@3.2 flag
Parameter(in=querystring)@3.2: name! text; in! text; description text; required flag; deprecated flag; content!
  {Media&}; example any; examples {Example&}
Body: description text; required flag; content! {Media}; content@3.2 {Media&}
Media: schema Schema; itemSchema@3.2 Schema; ` + ExtEvents + ` {Schema}; ` + ExtParts + ` any; ` + ExtFormat + ` any; ` + ExtGuarded + ` any; ` + ExtPartial + `
  any; encoding {Encoding}; prefixEncoding@3.2 [Encoding]; itemEncoding@3.2 Encoding; example any; examples
  {Example&}; |; description@3.2 text
Encoding: contentType text; headers {Header&}t; style (form spaceDelimited pipeDelimited deepObject); explode flag;
  allowReserved flag; encoding@3.2 {Encoding}; prefixEncoding@3.2 [Encoding]; itemEncoding@3.2 Encoding
Responses: /^[1-5]([0-9][0-9]|XX)$/ Response&; default Response&
Response: summary@3.2 text; description! text; headers {Header&}t; content {Media}; links {Link&}
Response@3.2: summary text; description text; headers {Header&}t; content {Media&}; links {Link&}
Callback: /./ Item
Example: summary text; description text; dataValue@3.2 any; serializedValue@3.2 text; value any; externalValue text
Link: operationId text; operationRef text; description text; parameters {any}; requestBody any; server Server
Header: description text; required flag; deprecated flag; allowEmptyValue@3.0 flag; style (simple); explode flag;
  allowReserved@3.0 flag; schema Schema; content {Media}; content@3.2 {Media&}; example any; examples {Example&}
Tag: name! text; summary@3.2 text; parent@3.2 text; kind@3.2 text; description text; externalDocs Docs
Discriminator: propertyName! text; mapping {text}; defaultMapping@3.2 text
XML: nodeType@3.2 (element attribute text cdata none); name text; namespace text; prefix text; attribute flag;
  wrapped flag
SchemeBase: type! text; description text; deprecated@3.2 flag
Scheme(type=http): +SchemeBase; scheme! text; bearerFormat text
Scheme(type=apiKey): +SchemeBase; in! (query header cookie); name! text
Scheme(type=openIdConnect): +SchemeBase; openIdConnectUrl! text
Scheme(type=oauth2): +SchemeBase; oauth2MetadataUrl@3.2 text; flows! Flows
Scheme(type=mutualTLS)@3.1: +SchemeBase
Flows: authorizationCode CodeFlow; clientCredentials TokenFlow; deviceAuthorization@3.2 DeviceFlow; implicit
  ImplicitFlow; password TokenFlow
ImplicitFlow: authorizationUrl! text; refreshUrl text; scopes! {text}
TokenFlow: tokenUrl! text; refreshUrl text; scopes! {text}
CodeFlow: authorizationUrl! text; tokenUrl! text; refreshUrl text; scopes! {text}
DeviceFlow@3.2: deviceAuthorizationUrl! text; tokenUrl! text; refreshUrl text; scopes! {text}
Requirement open: /./ [text]
SchemaBase: $ref@3.1 text; $schema@3.1 text; $id@3.1 text; title text; description text; type@3.0 (array boolean
  integer number object string); type@3.1 (array boolean integer null number object string)|[(array boolean integer
  null number object string)]+u; format text; const@3.1 any; enum@3.0 [any]+; enum@3.1 [any]; default any;
  nullable@3.0 flag; deprecated flag; readOnly flag; writeOnly flag; multipleOf positive; minimum number;
  exclusiveMinimum@3.0 flag; exclusiveMinimum@3.1 number; maximum number; exclusiveMaximum@3.0 flag;
  exclusiveMaximum@3.1 number; minLength count; maxLength count; pattern text; minItems count; maxItems count;
  uniqueItems flag; minProperties count; maxProperties count; required@3.0 [text]+u; required@3.1 [text]u;
  properties {Schema}; patternProperties@3.1 {Schema}; additionalProperties@3.0 Schema|flag;
  additionalProperties@3.1 Schema; propertyNames@3.1 Schema; prefixItems@3.1 [Schema]+; items Schema; contains@3.1
  Schema; allOf@3.0 [Schema]; allOf@3.1 [Schema]+; oneOf@3.0 [Schema]; oneOf@3.1 [Schema]+; anyOf@3.0 [Schema];
  anyOf@3.1 [Schema]+; not Schema; if@3.1 Schema; then@3.1 Schema; else@3.1 Schema; discriminator Discriminator; xml
  XML; externalDocs Docs; example any; examples@3.1 [any]; |; minContains@3.1 count; maxContains@3.1 count;
  dependentSchemas@3.1 {Schema}; dependentRequired@3.1 {[text]u}; unevaluatedItems@3.1 Schema;
  unevaluatedProperties@3.1 Schema; $defs@3.1 {Schema}; contentMediaType@3.1 text; contentEncoding@3.1 text;
  contentSchema@3.1 Schema; $anchor@3.1 text; $comment@3.1 text; $dynamicRef@3.1 text; $dynamicAnchor@3.1 text;
  $vocabulary@3.1 {flag}
Schema@3.0: +SchemaBase
Schema@3.1 open: +SchemaBase`

// Objects2 is of OpenAPI 2.0. The order of its members means nothing.
const Objects2 = `
Document: swagger! (2.0); info! Info; host text; basePath text; schemes [(http https ws wss)]u; consumes [text]u; produces [text]u;
  paths! Paths; definitions {Schema}; parameters {Parameter}; responses {Response}; securityDefinitions {Scheme};
  security [Requirement]u; tags [Tag]u; externalDocs Docs
Info: title! text; description text; termsOfService text; contact Contact; license License; version! text|number
Contact: name text; url text; email text
License: name! text; url text
Paths: /^[/]/ Item
Item: $ref text; get Operation; put Operation; post Operation; delete Operation; options Operation; head Operation;
  patch Operation; parameters [Parameter&]u
Operation: tags [text]u; summary text; description text; externalDocs Docs; operationId text; consumes [text]u; produces [text]u;
  parameters [Parameter&]u; responses! Responses; schemes [(http https ws wss)]u; deprecated flag; security [Requirement]u
Docs: description text; url! text
Numbers: maximum number; exclusiveMaximum flag; minimum number; exclusiveMinimum flag; maxLength count; minLength count;
  pattern text; maxItems count; minItems count; uniqueItems flag; enum [any]+u; multipleOf positive; format text; default any
ParameterBase: name! text; in! text; description text; required flag; items Items; +Numbers
Parameter(in=body): name! text; in! text; description text; required flag; schema! Schema
Parameter(in=path): +ParameterBase; required! true; type! (string number integer boolean array); collectionFormat (csv ssv tsv pipes)
Parameter(in=header): +ParameterBase; type! (string number integer boolean array); collectionFormat (csv ssv tsv pipes)
Parameter(in=query): +ParameterBase; type! (string number integer boolean array); allowEmptyValue flag;
  collectionFormat (csv ssv tsv pipes multi)
Parameter(in=formData): +ParameterBase; type! (string number integer boolean array file); allowEmptyValue flag;
  collectionFormat (csv ssv tsv pipes multi)
Items: type! (string number integer boolean array); items Items; collectionFormat (csv ssv tsv pipes); +Numbers
Responses: /^[1-5][0-9][0-9]$/ Response&; default Response&
Response: description! text; schema Schema; headers {Header}; examples {any}
Header: description text; type! (string number integer boolean array); items Items; collectionFormat (csv ssv tsv pipes); +Numbers
Tag: name! text; description text; externalDocs Docs
XML: name text; namespace text; prefix text; attribute flag; wrapped flag
Scheme(type=basic): type! text; description text
Scheme(type=apiKey): type! text; description text; name! text; in! (query header)
Scheme(type=oauth2): type! text; description text; flow! (implicit password application accessCode); authorizationUrl text;
  tokenUrl text; scopes! {text}
Requirement open: /./ [text]u
Schema: +Numbers; $ref text; title text; description text; maxProperties count; minProperties count; required [text]+u;
  additionalProperties Schema|flag; type Type|[Type]+u; items Schema|[Schema]+; allOf [Schema]+; properties {Schema};
  discriminator text; readOnly flag; xml XML; externalDocs Docs; example any`

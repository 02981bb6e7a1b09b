package lint

// The objects of OpenAPI, one a line: a name, then members. A member that must be there has "!",
// one that only some versions have "@3.0", or "@3.1" or "@3.2" for these and later ones; of several
// lines or members of a name the last one counts. An object of several kinds is told by a member,
// as in "Parameter(in=path)". "+Name" takes the members of another line over; /…/ is the form of
// the keys that have no line of their own. Objects take extensions (x-…), except for those marked
// "open", which take all other members.
//
// Types: text, token (a name of HTTP), flag (a boolean), true, number, positive, count (an integer
// from 0 on), any, a name of an object, (a b) for one of some texts, [T] a list, {T} a map, T|U for
// either, T& for T or a Reference Object. [T]+ must not be empty, [T]u not repeat an element, {T}k
// has names of components as keys, {T}t tokens.

// table3 is of OpenAPI 3.0.4, 3.1.1 and 3.2.0, section 4.
const table3 = `
Document: openapi! text; $self@3.2 text; info! Info; jsonSchemaDialect@3.1 text; servers [Server]; paths Paths; webhooks@3.1 {Item};
  components Components; security [Requirement]; tags [Tag]; externalDocs Docs
Info: title! text; summary@3.1 text; description text; termsOfService text; contact Contact; license License; version! text|number
Contact: name text; url text; email text
License: name! text; identifier@3.1 text; url text
Server: url! text; name@3.2 text; description text; variables {Variable}
Variable: enum@3.0 [text]; enum@3.1 [text]+; default! text; description text
Components: schemas {Schema}k; responses {Response&}k; parameters {Parameter&}k; examples {Example&}k; requestBodies {Body&}k;
  headers {Header&}k; securitySchemes {Scheme&}k; links {Link&}k; callbacks {Callback&}k; pathItems@3.1 {Item}k; mediaTypes@3.2 {Media&}k
Paths: /^[/]/ Item
Item: $ref text; summary text; description text; servers [Server]; parameters [Parameter&]u; get Operation; put Operation;
  post Operation; delete Operation; options Operation; head Operation; patch Operation; trace Operation; query@3.2 Operation;
  additionalOperations@3.2 {Operation}
Operation: tags [text]; summary text; description text; externalDocs Docs; operationId text; parameters [Parameter&]u;
  requestBody Body&; responses!@3.0 Responses; responses@3.1 Responses; callbacks {Callback&}; deprecated flag;
  security [Requirement]; servers [Server]
Docs: description text; url! text
ParameterBase: name! text; in! text; description text; required flag; deprecated flag; explode flag; schema Schema;
  content {Media}; content@3.2 {Media&}; example any; examples {Example&}; allowReserved@3.0 flag; allowEmptyValue flag
Parameter(in=path): +ParameterBase; style (matrix label simple); allowReserved@3.2 flag
Parameter(in=query): +ParameterBase; style (form spaceDelimited pipeDelimited deepObject); allowReserved flag
Parameter(in=header): +ParameterBase; name! token; style (simple)
Parameter(in=cookie): +ParameterBase; style (form); style@3.2 (form cookie); allowReserved@3.2 flag
Parameter(in=querystring)@3.2: name! text; in! text; description text; required flag; deprecated flag; content! {Media&};
  example any; examples {Example&}
Body: description text; content! {Media}; content@3.2 {Media&}; required flag
Media: description@3.2 text; schema Schema; itemSchema@3.2 Schema; prefixEncoding@3.2 [Encoding]; itemEncoding@3.2 Encoding; example any; examples {Example&}; encoding {Encoding}
Encoding: contentType text; headers {Header&}t; style (form spaceDelimited pipeDelimited deepObject); explode flag;
  allowReserved flag; encoding@3.2 {Encoding}; prefixEncoding@3.2 [Encoding]; itemEncoding@3.2 Encoding
Responses: default Response&; /^[1-5]([0-9][0-9]|XX)$/ Response&
Response: description! text; headers {Header&}t; content {Media}; links {Link&}
Response@3.2: summary text; description text; headers {Header&}t; content {Media&}; links {Link&}
Callback: /./ Item
Example: summary text; description text; value any; externalValue text; dataValue@3.2 any; serializedValue@3.2 text
Link: operationRef text; operationId text; parameters {any}; requestBody any; description text; server Server
Header: description text; required flag; deprecated flag; allowEmptyValue@3.0 flag; allowReserved@3.0 flag; style (simple);
  explode flag; schema Schema; content {Media}; content@3.2 {Media&}; example any; examples {Example&}
Tag: name! text; description text; externalDocs Docs; summary@3.2 text; parent@3.2 text; kind@3.2 text
Discriminator: propertyName! text; mapping {text}; defaultMapping@3.2 text
XML: name text; namespace text; prefix text; attribute flag; wrapped flag; nodeType@3.2 (element attribute text cdata none)
SchemeBase: type! text; description text; deprecated@3.2 flag
Scheme(type=apiKey): +SchemeBase; name! text; in! (query header cookie)
Scheme(type=http): +SchemeBase; scheme! text; bearerFormat text
Scheme(type=oauth2): +SchemeBase; flows! Flows; oauth2MetadataUrl@3.2 text
Scheme(type=openIdConnect): +SchemeBase; openIdConnectUrl! text
Scheme(type=mutualTLS)@3.1: +SchemeBase
Flows: implicit ImplicitFlow; password TokenFlow; clientCredentials TokenFlow; authorizationCode CodeFlow;
  deviceAuthorization@3.2 DeviceFlow
ImplicitFlow: authorizationUrl! text; refreshUrl text; scopes! {text}
TokenFlow: tokenUrl! text; refreshUrl text; scopes! {text}
CodeFlow: authorizationUrl! text; tokenUrl! text; refreshUrl text; scopes! {text}
DeviceFlow@3.2: deviceAuthorizationUrl! text; tokenUrl! text; refreshUrl text; scopes! {text}
Requirement open: /./ [text]
Numbers: multipleOf positive; maximum number; minimum number; maxLength count; minLength count; pattern text; maxItems count;
  minItems count; uniqueItems flag; maxProperties count; minProperties count
Annotations: title text; description text; format text; default any; readOnly flag; writeOnly flag; example any;
  externalDocs Docs; deprecated flag; xml XML; discriminator Discriminator
Schema@3.0: +Numbers; +Annotations; exclusiveMaximum flag; exclusiveMinimum flag; required [text]+u; enum [any]+;
  type (array boolean integer number object string); not Schema; allOf [Schema]; oneOf [Schema]; anyOf [Schema];
  items Schema; properties {Schema}; additionalProperties Schema|flag; nullable flag
Schema@3.1 open: +Numbers; +Annotations; exclusiveMaximum number; exclusiveMinimum number; required [text]u; enum [any];
  type (array boolean integer null number object string)|[(array boolean integer null number object string)]+u;
  const any; not Schema; allOf [Schema]+; oneOf [Schema]+; anyOf [Schema]+; items Schema; properties {Schema};
  additionalProperties Schema; prefixItems [Schema]+; contains Schema; minContains count; maxContains count;
  patternProperties {Schema}; dependentSchemas {Schema}; dependentRequired {[text]u}; propertyNames Schema; if Schema;
  then Schema; else Schema; unevaluatedItems Schema; unevaluatedProperties Schema; $defs {Schema}; examples [any];
  contentMediaType text; contentEncoding text; contentSchema Schema; $id text; $schema text; $anchor text;
  $comment text; $ref text; $dynamicRef text; $dynamicAnchor text; $vocabulary {flag}
`

// table2 is of OpenAPI 2.0.
const table2 = `
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
Responses: default Response&; /^[1-5][0-9][0-9]$/ Response&
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
  discriminator text; readOnly flag; xml XML; externalDocs Docs; example any
`

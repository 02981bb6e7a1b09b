package attack

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

const padded = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /pay:
    post:
      operationId: pay
      parameters:
        - {name: a, in: query, schema: {type: string}}
        - {name: m, in: query, schema: {type: string}}
        - {name: z, in: query, schema: {type: string}}
        - {name: A-Pad, in: header, schema: {type: string}}
        - {name: M-To, in: header, schema: {type: string}}
        - {name: Z-Pad, in: header, schema: {type: string}}
        - {name: ca, in: cookie, schema: {type: string}}
        - {name: cm, in: cookie, schema: {type: string}}
        - {name: cz, in: cookie, schema: {type: string}}
      requestBody:
        content:
          application/json: {schema: {type: object}}
          application/x-www-form-urlencoded: {schema: {type: object}}
          multipart/form-data: {schema: {type: object, properties: {file: {type: string, format: binary}}}}
      responses: {"200": {description: ok}}
`

// The question shows each header, cookie and query parameter, however long others are (threat 8).
func TestQuestionShowsBetweenPadding(t *testing.T) {
	const tries, holds = "hides a part of a request between long ones", "the question shows its name and value"
	long := strings.Repeat("x", 9000)
	binary := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00\xff", 9000)))
	for name, c := range map[string]struct {
		server string
		args   object
		want   string
	}{
		"header":           {"serve", object{"A-Pad": long, "M-To": "mallory", "Z-Pad": long}, "M-To: mallory"},
		"cookie":           {"serve", object{"ca": long, "cm": "mallory", "cz": long}, "cm=mallory"},
		"query":            {"serve", object{"a": long, "m": "mallory", "z": long}, "m=mallory"},
		"member":           {"serve", object{"requestBody": object{"a": long, "m": "mallory", "z": long}}, `"m":"mallory"`},
		"form":             {"serve", object{"requestBody": object{"a": long, "m": "mallory", "z": long}, "requestContentType": "application/x-www-form-urlencoded"}, "m=mallory"},
		"part":             {"serve", object{"requestBody": object{"a": long, "m": "mallory", "z": long}, "requestContentType": "multipart/form-data"}, "mallory"},
		"beside a file":    {"serve", object{"requestBody": object{"file": binary, "m": "mallory"}, "requestContentType": "multipart/form-data"}, "mallory"},
		"member of replay": {"mcp", object{"flow_id": 1, "body": fmt.Sprintf(`{"a":%q,"m":"mallory","z":%q}`, long, long)}, `"m":"mallory"`},
		"header of replay": {"mcp", object{"flow_id": 1, "headers_json": fmt.Sprintf(`{"A-Pad":%q,"M-To":"mallory","Z-Pad":%q}`, long, long)}, "M-To: mallory"},
		"cookie of replay": {"mcp", object{"flow_id": 1, "headers_json": fmt.Sprintf(`{"Cookie":"ca=%s; cm=mallory; cz=%s"}`, long, long)}, "cm=mallory"},
		"query of replay":  {"mcp", object{"flow_id": 1, "query_json": fmt.Sprintf(`{"a":%q,"m":"mallory","z":%q}`, long, long)}, "m=mallory"},
	} {
		for _, revision := range []string{legacy, modern} {
			try(t, revision+"/"+name, tries, holds, func(a *attack) {
				u := a.upstream(nil)
				var g *agent
				if c.server == "serve" {
					g = a.agent(revision, a.serving(u, padded), asking("decline"))
					g.call("pay", c.args)
				} else {
					g = a.agent(revision, sending(a.captureOf(u), u), asking("decline"))
					g.call("replay_flow", c.args)
				}
				a.untouched(u)
				if asked := g.questions(); len(asked) == 0 {
					a.breach("nobody was asked")
				} else {
					a.including("the question", asked[0], c.want)
				}
			})
		}
		if c.server == "serve" {
			try(t, "model/"+name, tries, holds, func(a *attack) {
				u := a.upstream(nil)
				g := a.agent(legacy, a.serving(u, padded))
				a.including("the answer", g.call("pay", c.args).text, c.want)
			})
		}
	}
}

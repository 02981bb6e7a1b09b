package attack

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"testing"
)

// encodedAnswers answer with a text in an encoding or charset in which the bytes of a secret are
// not those of its text.
var encodedAnswers = map[string]func(w http.ResponseWriter, text string){
	"deflate": func(w http.ResponseWriter, text string) {
		w.Header().Set("Content-Encoding", "deflate")
		z := zlib.NewWriter(w)
		io.WriteString(z, text)
		z.Close()
	},
	"gzip twice": func(w http.ResponseWriter, text string) {
		w.Header().Set("Content-Encoding", "gzip, gzip")
		outer := gzip.NewWriter(w)
		inner := gzip.NewWriter(outer)
		io.WriteString(inner, text)
		inner.Close()
		outer.Close()
	},
	"UTF-16": func(w http.ResponseWriter, text string) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-16le")
		io.WriteString(w, utf16le(text))
	},
	"UTF-16 by its mark": func(w http.ResponseWriter, text string) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "\xff\xfe"+utf16le(text))
	},
	"UTF-16, deflated": func(w http.ResponseWriter, text string) {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		io.WriteString(z, utf16le(text))
		z.Close()
		w.Header().Set("Content-Encoding", "deflate")
		w.Header().Set("Content-Type", "text/plain; charset=utf-16le")
		w.Write(b.Bytes())
	},
}

// An API that returns what it was sent in an encoding or charset shows no secret (threats 2 and 16).
func TestEchoInEncodings(t *testing.T) {
	const tries = "sends a secret to an API that returns it in another encoding or charset"
	const holds = "neither the result nor the stored flow shows it"
	for name, answer := range encodedAnswers {
		api := func(a *attack) *upstream {
			return a.upstream(func(w http.ResponseWriter, r *http.Request) {
				answer(w, "you sent "+r.Header.Get("Authorization")+r.Header.Get("X-A")+r.Header.Get("X-Key")+", and that is all")
			})
		}
		for _, kind := range []string{"captured", "variable"} {
			try(t, "replay_flow/"+kind+"/"+name, tries, holds, func(a *attack) {
				u := api(a)
				g := a.agent(legacy, sending(a.capture(
					exchange{method: "POST", url: u.URL + "/login", typ: "application/json", body: `{"user":"u"}`, answerType: "application/json",
						answerBody: `{"access_token":"` + bankToken + `"}`},
					exchange{url: u.URL + "/a", header: []string{"Authorization: Bearer " + bankToken}},
					exchange{url: u.URL + "/b"},
				), u))
				args := object{"flow_id": 2}
				if kind == "variable" {
					g.fine("extract_session_variable", object{"name": "t", "flow_id": 1, "regex_pattern": `"access_token":"([^"]+)"`})
					args = object{"flow_id": 3, "headers_json": `{"X-A":"$t"}`}
				}
				result, stored := g.fine("replay_flow", args).raw, g.fine("inspect_flows", object{"flow_ids": 4, "full_body": true}).raw
				a.including("the result", result, "you sent", "and that is all")
				a.excluding("the result", result, bankToken, bankToken[4:20])
				a.excluding("the stored flow", stored, bankToken, bankToken[4:20])
			})
		}
		try(t, "serve/"+name, tries, holds, func(a *attack) {
			u := api(a)
			g := a.agentWith([]string{"SPECTAP_AUTH_KEY=" + bankToken}, legacy, a.serving(u, `
openapi: 3.0.3
info: {title: t, version: "1"}
security: [{key: []}]
paths: {/a: {get: {operationId: a, responses: {"200": {description: ok}}}}}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
`))
			result := g.fine("a", object{}).raw
			a.including("the result", result, "you sent", "and that is all")
			a.excluding("the result", result, bankToken, bankToken[4:20])
		})
	}
}

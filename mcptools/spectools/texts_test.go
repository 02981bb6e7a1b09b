package spectools

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const wordy = `
openapi: 3.0.3
info: {title: Wordy, version: "1"}
servers: [{url: "https://wordy.example.com/v1"}]
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    basic: {type: http, scheme: basic}
paths:
  /send:
    post:
      operationId: send
      security: [{key: [], basic: []}, {}]
      parameters:
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: sid, in: cookie, schema: {type: string}}
        - {name: q, in: query, schema: {type: string}}
        - {name: X-HTTP-Method-Override, in: header, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        "200": {description: ok, content: {application/xml: {}, "application/problem+json; charset=utf-8": {}, application/json: {}, "text/*": {}, bad: {}}}
        default: {description: failed, content: {application/json: {}, "text/*; charset=utf-8": {}}}
  /get:
    get: {operationId: get, responses: {"200": {description: ok}}}
    put: {operationId: put, responses: {"200": {description: ok}}}
    delete: {operationId: remove, responses: {"200": {description: ok}}}
`

// A log has each call with its arguments and result, and the audit the digest of the arguments, the
// request, who agreed, and the status.
func TestWhatIsRecordedOfCalls(t *testing.T) {
	a := newAPI(t)
	var log []Transaction
	s := newSet(t, wordy, Options{BaseURL: a.URL, Log: func(x Transaction) { log = append(log, x) }, Principal: func(context.Context) string { return "ann" }})
	c, journal := connectAudited(t, s)
	call(t, c, "get", `{}`)
	call(t, c, "send", `{"q":"1"}`)
	call(t, c, "send", `{"q":"1","__confirmed":true}`)
	call(t, c, "get", `{"x":1}`)
	a.Close()
	call(t, c, "get", `{}`)
	var got []string
	for _, x := range log {
		got = append(got, fmt.Sprintf("%s %s %s %s %v", x.Tool, x.Method, x.Path, x.Arguments, x.IsError))
		if x.Start.IsZero() || x.Took <= 0 || !strings.HasPrefix(x.Principal, "ann") || !json.Valid(x.Result) {
			t.Errorf("%+v", x)
		}
	}
	want := `get GET /get {} false; send POST /send {"q":"1"} false; send POST /send {"q":"1","__confirmed":true} false; get GET /get {"x":1} true; get GET /get {} true`
	if strings.Join(got, "; ") != want {
		t.Errorf("the log has\n%s", strings.Join(got, "; "))
	}
	got = nil
	all := readAudit(t, journal)
	for _, r := range all {
		got = append(got, fmt.Sprintf("%s %s %s %s %s %d %v %q", r.Name, r.Request, r.Event, r.Decision, r.Confirmed, r.Status, r.Digest != "", r.Reason))
		if r.Identity != "local" || r.Session == "" {
			t.Errorf("%+v", r)
		}
	}
	refused := all[len(all)-1].Reason
	want = `get GET /get decision allow  0 true "";  GET /get outcome   200 false ""; send POST /send decision hold  0 true "the call waits for a confirmation"; ` +
		`send POST /send decision allow model 0 true "";  POST /send outcome   200 false ""; get  decision deny  0 true "the tool refused the call before it took effect"; ` +
		`get GET /get decision allow  0 true "";  GET /get outcome   0 false ` + fmt.Sprintf("%q", refused)
	if strings.Join(got, "; ") != want || refused == "" {
		t.Errorf("the audit has\n%s\nwant\n%s", strings.Join(got, "; "), want)
	}
}

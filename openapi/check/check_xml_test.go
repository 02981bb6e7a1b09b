package check_test

import (
	"context"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

const petstore = `openapi: 3.0.3
info: {title: t, version: "1"}
servers: [{url: "https://api.example.com"}]
paths:
  /pets:
    post:
      requestBody:
        content:
          application/xml:
            schema: {$ref: "#/components/schemas/Pet"}
      responses:
        "200":
          description: x
          content:
            application/xml:
              schema:
                type: array
                items: {$ref: "#/components/schemas/Pet"}
                xml: {name: pets}
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      additionalProperties: false
      properties:
        id: {type: integer, xml: {attribute: true}}
        name: {type: string}
        alive: {type: boolean}
        owner: {type: integer, xml: {prefix: w, namespace: "urn:w"}}
        photoUrls:
          type: array
          xml: {wrapped: true}
          items: {type: string, xml: {name: photoUrl}}
        tag:
          type: array
          items: {type: object, properties: {n: {type: integer}}}
        weight:
          type: object
          properties:
            unit: {type: string, xml: {attribute: true, prefix: w, namespace: "urn:w"}}
            value: {type: number, xml: {x-spectap-text: true}}
      xml: {name: pet}
`

// TestCheckXML checks XML against a document that people could write.
func TestCheckXML(t *testing.T) {
	doc := openapitest.Must(openapi.Load([]byte(petstore)))
	c := openapitest.Must(check.New(doc, check.Config{}))
	for _, tt := range []struct{ name, ask, answer, want string }{
		{"good", `<?xml version="1.0"?><pet id="7"><name>Rex</name><alive>true</alive><photoUrls><photoUrl>a</photoUrl><photoUrl>b</photoUrl></photoUrls><tag><n>1</n></tag><tag><n>2</n></tag><weight xmlns:w="urn:w" w:unit="kg">1.5</weight></pet>`,
			`<pets><pet id="1"><name>a</name></pet><pet id="2"><name>b</name></pet></pets>`, ""},
		{"empty wrapper", `<pet id="7"><name>Rex</name><photoUrls/></pet>`, "<pets/>", ""},
		{"types", `<pet id="x"><name>Rex</name><tag><n>y</n></tag></pet>`, "<pets/>", "request-body request /id want integer, got string; request-body request /tag/0/n want integer, got string"},
		{"missing", `<pet id="1"/>`, "<pets/>", "request-body request /name the required property is missing"},
		{"unknown", `<pet id="1" odd="x"><name>a</name></pet>`, "<pets/>", "request-body request has a property that is not declared"},
		{"unknown element", `<pet id="1"><name>a</name><odd>s3cret</odd></pet>`, "<pets/>", "request-body request has a property that is not declared"},
		{"in a list", `<pet id="1"><name>a</name></pet>`, `<pets><pet id="q"><name>a</name></pet></pets>`, "response-body response /0/id want integer, got string"},
		{"prefix", `<pet id="1" xmlns:w="urn:w"><name>a</name><w:owner>7</w:owner></pet>`, "<pets/>", ""},
		{"type behind a prefix", `<pet id="1" xmlns:w="urn:w"><name>a</name><w:owner>x</w:owner></pet>`, "<pets/>", "request-body request /owner want integer, got string"},
		{"one name twice", `<pet id="1"><name>a</name><name>b</name></pet>`, "<pets/>", "request-body request /name want string, got array"},
		{"one record twice", `<pet id="1"><name>a</name><weight>1</weight><weight>2</weight></pet>`, "<pets/>", "request-body request /weight want object, got array"},
		{"two wrappers", `<pet id="1"><name>a</name><photoUrls><photoUrl>a</photoUrl></photoUrls><photoUrls/></pet>`, "<pets/>", "request-body request /photoUrls/0 want string, got array"},
		{"malformed", `<pet id="1">`, "<pets/>", "malformed request the body is not XML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &flow.Flow{Done: true, Request: flow.Request{Method: "POST", Scheme: "https", Authority: "api.example.com", Path: "/pets"}, Response: &flow.Response{Status: 200}}
			f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/xml"}}
			f.Request.Body = flow.Body{Data: []byte(tt.ask), Size: int64(len(tt.ask))}
			f.Response.Header = f.Request.Header
			f.Response.Body = flow.Body{Data: []byte(tt.answer), Size: int64(len(tt.answer))}
			var got []string
			r := c.Check(context.Background(), f)
			for _, m := range r.Mismatches {
				got = append(got, strings.TrimSpace(m.Rule+" "+m.Where+" "+m.Message))
			}
			if s := strings.Join(got, "; "); s != tt.want || len(r.Skipped) > 0 {
				t.Errorf("got %q, want %q; skipped %v", s, tt.want, r.Skipped)
			}
		})
	}
}

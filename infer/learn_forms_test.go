package infer_test

import (
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/schema"
)

// TestBodiesByContent holds that a body has the schema of its values in any form: several values
// under the label of one, MessagePack, CBOR. The JSON null of a request is no body.
func TestBodiesByContent(t *testing.T) {
	const object = "\x82\xa2id\x07\xa4name\xa3ada" // {"id":7,"name":"ada"} in MessagePack
	for _, tt := range []struct{ name, mediaType, body string }{
		{"lines of JSON", "application/json", `{"id":1,"name":"ada"}` + "\n" + `{"id":2,"name":"bob"}` + "\n"},
		{"values side by side", "application/json", `{"id":1,"name":"ada"}{"id":2,"name":"bob"}`},
		{"MessagePack", "application/msgpack", object},
		{"a vendor's MessagePack", "application/vnd.msgpack", object + object},
		{"CBOR", "application/cbor", "\xa2bid\x07dname" + "cada"},
		{"CBOR of another type", "application/sensor+cbor", "\xa2bid\x07dname" + "cada"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := call("PUT", "/things/7", 200, tt.mediaType, tt.body, tt.mediaType, tt.body)
			d := soundBoth(t, []flow.Flow{f, f, f})
			op := operation(t, d, "PUT", "/things/{thingId}")
			for _, m := range append(op.Request.Content, op.Responses[0].Content...) {
				if property(t, d, m.Schema, "id").Kind != schema.Integer || property(t, d, m.Schema, "name").Kind != schema.String {
					t.Errorf("%s: %+v", m.Type, m.Schema)
				}
			}
		})
	}
	f := call("DELETE", "/things/7", 204, "application/json", "null", "", "")
	if op := operation(t, soundBoth(t, []flow.Flow{f, f, f}), "DELETE", "/things/{thingId}"); op.Request != nil {
		t.Errorf("null is a body: %+v", op.Request)
	}
}

// TestRedactedFormat holds that the placeholder of an e-mail address, in traffic that was redacted
// before it was recorded, has the format of one.
func TestRedactedFormat(t *testing.T) {
	f := get("/people/7", "", `{"email":"[redacted:email:3f9a1c07be]","key":"[redacted:secret:3f9a1c07be]"}`)
	d := soundBoth(t, []flow.Flow{f, f, f})
	s := operation(t, d, "GET", "/people/{personId}").Responses[0].Content[0].Schema
	if property(t, d, s, "email").Format != "email" || property(t, d, s, "key").Format != "" {
		t.Errorf("%+v", s)
	}
}

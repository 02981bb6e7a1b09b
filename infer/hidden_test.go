package infer

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
)

// exchange returns an exchange of JSON bodies.
func exchange(query, request, response string) *flow.Flow {
	header := flow.Header{{Name: "Content-Type", Value: "application/json"}}
	body := func(s string) flow.Body { return flow.Body{Data: []byte(s), Size: int64(len(s))} }
	return &flow.Flow{
		Request:  flow.Request{Method: "POST", Scheme: "https", Authority: "api.example", Path: "/a", RawQuery: query, Header: header, Body: body(request)},
		Response: &flow.Response{Status: 200, Header: header, Body: body(response)},
	}
}

// TestTexts holds that a text is hidden in the body in which another member says that it is a secret,
// and that one which stands elsewhere in this body, too, is not.
func TestTexts(t *testing.T) {
	const named, plain = `{"name":"password","val":"Qx7vK2mRt9"}`, `{"name":"color","val":"Qx7vK2mRt9"}`
	for _, tt := range []struct {
		name, request, response string
		inRequest, inResponse   bool
	}{
		{"in the request, which the response repeats", named, plain, true, true}, {"in the request only", named, "{}", true, false}, {"in the response", plain, named, false, true}, {"in neither", plain, plain, false, false}, {"in both", named, named, true, true},
	} {
		f := exchange("", tt.request, tt.response)
		texts := hiddenTexts{flow: f}
		for range 2 { // the second time from memory
			if in, out := texts.InRequest([]byte("Qx7vK2mRt9")), texts.InResponse([]byte("Qx7vK2mRt9")); in != tt.inRequest || out != tt.inResponse {
				t.Errorf("%s: hidden in the request %v, in the response %v", tt.name, in, out)
			}
		}
		if texts.InRequest([]byte("val")) || texts.InResponse([]byte("val")) {
			t.Errorf("%s: a harmless text is hidden", tt.name)
		}
		if f.Response == nil || string(f.Request.Body.Data) != tt.request {
			t.Errorf("%s: the flow has changed", tt.name)
		}
	}
}

// TestMayRepeat holds that a text may be a secret of the request if redaction hides it there.
func TestMayRepeat(t *testing.T) {
	secret := func(s string) string { return `{"password":"` + s + `","note":"harmless"}` }
	padded := func(size int) string {
		text := secret("Qx7vK2mRt9")
		return text + strings.Repeat(" ", size-len(text))
	}
	for _, tt := range []struct {
		name, query, request, text string
		want                       bool
	}{
		{"a secret", "", secret("Qx7vK2mRt9"), "Qx7vK2mRt9", true}, {"a harmless text", "", secret("Qx7vK2mRt9"), "harmless", false}, {"no text of the request", "", secret("Qx7vK2mRt9"), "elsewhere", false},
		{"the shortest", "", secret("Qx7vK2"), "Qx7vK2", true}, {"a shorter one", "", secret("Qx7vK"), "Qx7vK", false}, {"in the query", "password=Qx7vK2mRt9", "{}", "Qx7vK2mRt9", true},
		{"in the longest body", "", padded(maxSearched), "Qx7vK2mRt9", true}, {"in a longer body", "", padded(maxSearched + 1), "Qx7vK2mRt9", false},
	} {
		texts := hiddenTexts{flow: exchange(tt.query, tt.request, "{}")}
		for range 2 {
			if got := texts.MayRepeat([]byte(tt.text)); got != tt.want {
				t.Errorf("%s: %v", tt.name, got)
			}
		}
	}
	f := exchange("", "{}", "{}")
	f.Request.Header = append(f.Request.Header, flow.Field{Name: "Authorization", Value: "Bearer Qx7vK2mRt9Qx7vK2mRt9"})
	texts := hiddenTexts{flow: f}
	if !texts.MayRepeat([]byte("Qx7vK2mRt9Qx7vK2mRt9")) || texts.MayRepeat([]byte("application/json")) {
		t.Error("a token of a header is shown, or a harmless value is hidden")
	}
}

// TestMayBe tells members that may hold a secret because of where they stand.
func TestMayBe(t *testing.T) {
	for _, tt := range []struct {
		name, owner, text string
		want              bool
	}{
		{"value", "", "x", true}, {"color", "", "x", false}, {"color", "data", "x", true}, {"color", "", "ann:Qx7vK2mRt9", false}, {"login", "", "ann", false},
		{"login", "", "github:ann", false},
	} {
		if got := redact.MayHide(tt.name, tt.owner); got != tt.want {
			t.Errorf("%s of %q, %s: %v", tt.name, tt.owner, tt.text, got)
		}
	}
}

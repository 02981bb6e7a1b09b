package trace

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// typed returns the header of a media type.
func typed(mediaType string, more ...flow.Field) flow.Header {
	return append(flow.Header{{Name: "Content-Type", Value: mediaType}}, more...)
}

func body(s string) flow.Body { return flow.Body{Data: []byte(s), Size: int64(len(s))} }

// TestFind finds a value in each part of a flow, says where, whether it is the whole text there,
// and whether it stands alone.
func TestFind(t *testing.T) {
	f := flow.Flow{
		Seq: 7, Request: flow.Request{
			Method: "POST", Scheme: "https", Authority: "a.example", Path: "/v/x%2Fy/k17/17", RawQuery: "id=17&q=a+17&e=%31%37&17=no&n",
			Header: typed("application/x-www-form-urlencoded", flow.Field{Name: "X-Id", Value: "n17"}, flow.Field{Name: "content-LENGTH", Value: "17"},
				flow.Field{Name: "Cookie", Value: "a=17; b=1;c=x-17"}),
			Body: body("f=17&g=%3117"),
		},
		Response: &flow.Response{
			Header: typed("application/json", flow.Field{Name: "Set-Cookie", Value: "sid=17; Max-Age=17"}, flow.Field{Name: "Location", Value: "/v/17"}),
			Body:   body(`{"id":17,"n":117,"a/b~c":["x","no 17","\u0031\u0037"],"f":17.0,"s":"_17"}`),
		},
		Messages: []flow.Message{
			{Kind: flow.Text, FromClient: true, Data: []byte(`{"m":17}`)}, {Kind: flow.Text, Data: []byte("says 17!")}, {Kind: flow.Text, Data: []byte("18")},
		},
	}
	want := []string{
		"request path 3 false false", "request path 4 true true", "request query id true true", "request query q false true", "request query e true true",
		"request header X-Id false false", "request cookie a true true", "request cookie c false false", "request body f true true", "request body g false false",
		"response cookie sid true true", "response header Location false true", "response body /a~1b~0c/1 false true", "response body /a~1b~0c/2 true true",
		"response body /id true true", "response body /s false false", "request message 1/m true true", "response message 2 false true",
	}
	find := func(value string, alone bool) (out []string) {
		for _, o := range Find(value, &f, alone) {
			if o.FlowID != 7 || o.Method != "POST" || !strings.HasPrefix(o.URL, "https://a.example/v/") || o.Capped {
				t.Errorf("%+v", o)
			}
			out = append(out, fmt.Sprint(o.Side, " ", o.Location, " ", o.Name, " ", o.Whole, " ", o.Exact))
		}
		return out
	}
	if got := find("17", false); !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	alone := slices.DeleteFunc(slices.Clone(want), func(s string) bool { return strings.HasSuffix(s, "false") })
	if got := find("17", true); !slices.Equal(got, alone) {
		t.Errorf("alone\n%s", strings.Join(got, "\n"))
	}
	if got := find("x/y", false); !slices.Equal(got, []string{"request path 2 true true"}) {
		t.Errorf("%q", got)
	}
	if got := slices.Concat(find("nowhere", false), find("", true)); got != nil {
		t.Errorf("%q", got)
	}
}

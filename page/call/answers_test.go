package call

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/page/wire"
)

// message returns what the page shows of an error.
func message(err error) wire.Error {
	var e *wire.Error
	if !errors.As(err, &e) {
		return wire.Error{Message: fmt.Sprint("not shown: ", err)}
	}
	return *e
}

// TestWithoutSecrets checks which values of arguments do not fill a form.
func TestWithoutSecrets(t *testing.T) {
	const hidden = placeholder.Prefix + "key:1]"
	for _, tt := range []struct{ in, want, hidden string }{
		{`{"a":1,"b":"x"}`, `{"a":1,"b":"x"}`, ""},
		{`{"a":"` + hidden + `","b":"x"}`, `{"b":"x"}`, "a"},
		{`{"a":{"b":"Bearer ` + hidden + `","c":true},"d":null}`, `{"a":{"c":true},"d":null}`, "a.b"},
		{`{"l":["x","` + hidden + `",{"m":["` + hidden + `"]}]}`, `{"l":["x",{"m":[]}]}`, "l[1] l[2].m[0]"},
	} {
		v, err := orderedjson.Decode([]byte(tt.in))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		got, ok := withoutSecrets(v, "", &names)
		if text := string(orderedjson.Encode(got)); !ok || text != tt.want || strings.Join(names, " ") != tt.hidden {
			t.Errorf("%s became %s without %q", tt.in, text, names)
		}
	}
	if got, ok := withoutSecrets(hidden, "a", new([]string)); ok || got != nil {
		t.Errorf("%v", got)
	}
}

// marking is a redactor that adds a header.
type marking struct{ replay.Redactor }

func (marking) Flow(f flow.Flow) flow.Flow {
	f.Request.Header = append(f.Request.Header, flow.Field{Name: "X-Redacted", Value: "yes"})
	return f
}

// TestChosenCredentialsAreHidden checks where the credentials of a call are sent, and that they are
// never shown, under any name.
func TestChosenCredentialsAreHidden(t *testing.T) {
	u, err := url.Parse("https://api.example/a%2Fb?x=1")
	if err != nil {
		t.Fatal(err)
	}
	c := egress.Call{Method: http.MethodPost, URL: u, Body: []byte("b"), Header: []egress.Pair{{Name: "X-A", Value: "1"}}, Cookies: []egress.Pair{{Name: "own", Value: "2"}}}
	credentials := []egress.Credential{
		{In: egress.InHeader, Name: "X-Plain", Value: "secret one"}, {In: egress.InCookie, Name: "plain", Value: "secret-two"}, {In: egress.InQuery, Name: "p l", Value: "secret&three"},
	}
	f, err := flowOf(c, credentials)
	if err != nil {
		t.Fatal(err)
	}
	q := f.Request
	want := flow.Header{{Name: "X-A", Value: "1"}, {Name: "X-Plain", Value: "secret one"}, {Name: "Cookie", Value: "own=2; plain=secret-two"}}
	if !reflect.DeepEqual(q.Header, want) || q.RawQuery != "x=1&p+l=secret%26three" || q.Scheme != "https" || q.Authority != "api.example" || q.Path != "/a%2Fb" || q.Method != "POST" || string(q.Body.Data) != "b" || q.Body.Size != 1 {
		t.Errorf("%+v", q)
	}
	h := hiding{marking{}, map[string]string{"secret one": "M1", "secret-two": "M2", "secret&three": "M3"}}
	shown := h.Flow(f).Request
	want = flow.Header{{Name: "X-A", Value: "1"}, {Name: "X-Plain", Value: "M1"}, {Name: "Cookie", Value: "own=2; plain=M2"}, {Name: "X-Redacted", Value: "yes"}}
	if !reflect.DeepEqual(shown.Header, want) || shown.RawQuery != "x=1&p+l=M3" {
		t.Errorf("shown as %+v", shown)
	}
	if f.Request.Header[1].Value != "secret one" {
		t.Error("the flow itself was changed")
	}
	plain, err := flowOf(egress.Call{Method: "GET", URL: &url.URL{Scheme: "https", Host: "h", Path: "/"}}, credentials[2:])
	if err != nil || plain.Request.RawQuery != "p+l=secret%26three" || len(plain.Request.Header) > 0 {
		t.Errorf("%+v, %v", plain.Request, err)
	}
	if _, err := flowOf(egress.Call{URL: &url.URL{Scheme: "ftp", Host: "h"}}, nil); !errors.Is(err, egress.ErrOrigin) {
		t.Errorf("%v", err)
	}
}

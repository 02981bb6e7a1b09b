package call

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/placeholder"
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
		v := must.Get(orderedjson.Decode([]byte(tt.in)))
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

package yamledit

import (
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestEncodeJSON checks that JSON keeps its indentation, and what values look like.
func TestEncodeJSON(t *testing.T) {
	const all = `{STEP"a": [STEPSTEP1.50,STEPSTEP"d\\e\n",STEPSTEP"\"",STEPSTEP"<é\u2028>",STEPSTEPnull,STEPSTEPtrue,STEPSTEP{},STEPSTEP[]STEP],STEP"b": {STEPSTEP"c": 12345678901234567890STEP}END}`
	write := func(step string) string {
		var out []byte
		for i := 0; i < len(all); {
			switch {
			case i+8 <= len(all) && all[i:i+8] == "STEPSTEP":
				out, i = append(out, "\n"+step+step...), i+8
			case i+4 <= len(all) && all[i:i+4] == "STEP":
				out, i = append(out, "\n"+step...), i+4
			case i+3 <= len(all) && all[i:i+3] == "END":
				out, i = append(out, '\n'), i+3
			default:
				out, i = append(out, all[i]), i+1
			}
		}
		return string(out) + "\n"
	}
	for _, x := range []struct{ step, want string }{
		{"  ", "  "}, {" ", " "}, {"\t", "\t"}, {"        ", "        "}, {"         ", "  "}, {"", "  "},
	} {
		tree := must.Get(Parse(t.Context(), []byte(write(x.step))))
		got, err := tree.Encode()
		if err != nil || string(got) != write(x.want) {
			t.Errorf("indented by %q: %v\n%s\nwant\n%s", x.step, err, got, write(x.want))
		}
	}
	tree := must.Get(Parse(t.Context(), []byte(`{"a":{"b":1}}`)))
	if got, err := tree.Encode(); err != nil || string(got) != "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n" {
		t.Errorf("a line: %v\n%s", err, got)
	}
}

package jsonrpc

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// A session is initialized once. An initialize that failed may be repeated, unless the error may be
// the answer to another request.
func TestOneHandshake(t *testing.T) {
	const hello = `{"jsonrpc":"2.0","id":%s,"method":"initialize","params":{}}`
	for name, tt := range map[string]struct{ steps, want string }{
		"again":                  {`1 =1 2`, "1, refused 2"},
		"before the answer":      {`1 2 =1 3`, "1, refused 2, refused 3"},
		"after an error":         {`1 !1 2 =2 3`, "1, 2, refused 3"},
		"error of another":       {`1 ?2 !2 3`, "1, 2, refused 3"},
		"error of the same id":   {`1 ?1 !1 2`, "1, 1, refused 2"},
		"refused with the id":    {`1 1 !1 2`, "1, refused 1, refused 2"},
		"a text as the id":       {`"a" !"a" "b" ="\u0062" "c"`, `"a", "b", refused "c"`},
		"notification":           {`- 1 =1 -`, "refused , 1, refused "},
		"a request without them": {`?1 =1 1`, "1, 1"},
	} {
		t.Run(name, func(t *testing.T) {
			in, client := io.Pipe()
			c := OneHandshake(Lines(in, io.Discard, 0))
			var got []string
			for _, step := range strings.Fields(tt.steps) {
				switch id := step[1:]; step[0] {
				case '=':
					_ = c.Send(Response(id, []byte(`{}`)), nil) // to a writer that takes all
					continue
				case '!':
					_ = c.Send(Failure(id, CodeInternal, "no", nil), nil)
					continue
				case '?':
					go fmt.Fprintf(client, `{"jsonrpc":"2.0","id":%s,"method":"tools/list"}`+"\n", id)
				case '-':
					go fmt.Fprintln(client, `{"jsonrpc":"2.0","method":"initialize"}`)
				default:
					go fmt.Fprintf(client, hello+"\n", step)
				}
				p, err := c.Receive()
				var bad *Malformed
				switch {
				case errors.As(err, &bad):
					got = append(got, "refused "+bad.ID)
				case err != nil:
					t.Fatal(err)
				default:
					got = append(got, p.ID)
				}
			}
			if text := strings.Join(got, ", "); text != tt.want {
				t.Errorf("received %s, want %s", text, tt.want)
			}
		})
	}
}

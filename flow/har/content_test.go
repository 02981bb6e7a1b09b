package har_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestContent says how large a body is: decoded in its content, as sent beside it.
func TestContent(t *testing.T) {
	for _, tt := range []struct {
		name, media, data string
		size              int64 // as sent
		truncated         bool
		want              string
	}{
		{"text", "text/plain", "abc", 3, false, "3 abc  false 3"}, {"one byte", "image/png", "\xff", 1, false, "1 /w== base64 false 1"}, {"two bytes", "image/png", "\xff\xff", 2, false, "2 //8= base64 false 2"},
		{"three bytes", "image/png", "\xff\xff\xff", 3, false, "3 //// base64 false 3"}, {"another charset", "text/plain; charset=iso-8859-1", "\xe9", 1, false, "2 é  false 1"},
		{"truncated", "text/plain", "abc", 9, true, "9 abc  true 9"}, {"none", "text/plain", "", 0, false, "0   false 0"}, {"no type", "", "abc", 3, false, "3 abc  false 3"},
	} {
		f := sample()
		f.Response = &flow.Response{Status: 200, Body: flow.Body{Data: []byte(tt.data), Size: tt.size, Truncated: tt.truncated}}
		if tt.media != "" {
			f.Response.Header = flow.Header{{Name: "Content-Type", Value: tt.media}}
		}
		var archive struct {
			Log struct {
				Entries []struct {
					Response struct {
						BodySize int64
						Content  struct {
							Size                     int64
							MimeType, Text, Encoding string
							Truncated                bool `json:"_truncated"`
						}
					}
				}
			}
		}
		if err := json.Unmarshal(writeAll(t, []flow.Flow{f}), &archive); err != nil {
			t.Fatal(err)
		}
		r := archive.Log.Entries[0].Response
		if got := fmt.Sprint(r.Content.Size, " ", r.Content.Text, " ", r.Content.Encoding, " ", r.Content.Truncated, " ", r.BodySize); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		if want := map[bool]string{true: "x-unknown", false: tt.media}[tt.media == ""]; r.Content.MimeType != want {
			t.Errorf("%s: the type is %s", tt.name, r.Content.MimeType)
		}
	}
}

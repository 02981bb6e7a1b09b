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

// TestUnreadPairs checks the lists of query parameters and cookies, which only other programs read.
// They keep the order, are UTF-8, and are unescaped where that is possible.
func TestUnreadPairs(t *testing.T) {
	f := sample()
	f.Request.RawQuery = "&a=1&a=%C3%BC&&b=x+y&c%3D=&flag&d=%zz&e=%FF&\xe9=\xff"
	f.Request.Header = headerLines("Cookie", "s=1; t=a=b;none; u=", "Cookie", "v=\xe9")
	f.Response.Header = headerLines("Set-Cookie", " s=1 ; Path=/", "Set-Cookie", "none; Path=/", "Set-Cookie", "v=\xe9")
	var archive struct {
		Log struct {
			Entries []struct {
				Request struct {
					QueryString, Cookies []struct{ Name, Value string }
				}
				Response struct {
					Cookies []struct{ Name, Value string }
				}
			}
		}
	}
	if err := json.Unmarshal(writeAll(t, []flow.Flow{f}), &archive); err != nil {
		t.Fatal(err)
	}
	e := archive.Log.Entries[0]
	for name, tt := range map[string]struct {
		got  []struct{ Name, Value string }
		want string
	}{
		"query":       {e.Request.QueryString, "[{a 1} {a ü} {b x y} {c= } {flag } {d %zz} {e ÿ} {é ÿ}]"},
		"cookies":     {e.Request.Cookies, "[{s 1} {t a=b} {u } {v é}]"},
		"cookies set": {e.Response.Cookies, "[{s 1} {v é}]"},
	} {
		if got := fmt.Sprint(tt.got); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

package attack

import (
	"net/http"
	"testing"
)

// writesInOtherForms are the targets of GETs that a server, or one behind a proxy that decodes, may
// handle as writes.
var writesInOtherForms = map[string]string{
	"blank behind the value":       "/a?method=DELETE%20",
	"name escaped twice":           "/a?m%2565thod=DELETE",
	"value escaped twice":          "/a?method=%2544ELETE",
	"zero byte in the name":        "/a?method%00x=DELETE",
	"quoted value":                 "/a?method=%22DELETE%22",
	"wide name":                    "/a?%EF%BD%8Dethod=DELETE",
	"wide value":                   "/a?method=%EF%BC%A4ELETE",
	"two values":                   "/a?method=DELETE,GET",
	"array":                        "/a?method[]=DELETE",
	"escaped path parameter":       "/a%3B_method=DELETE",
	"all of a path parameter":      "/a%3B_method%3DDELETE",
	"path parameter escaped twice": "/a%253B_method%253DDELETE",
	"mutation escaped twice":       "/a?query=%256dutation%7Bx%7D",
	"mutation escaped in JSON":     "/a?q=%7B%22query%22:%22%5Cu006dutation%7Bx%7D%22%7D",
	"mutation with a comment":      "/a?query=mutation%23%0A%7Bx%7D",
	"wide _method":                 "/a?%EF%BC%BFmethod=DELETE",
}

// GETs that a server may read as writes in yet other forms are held (threat 3).
func TestWritesInOtherForms(t *testing.T) {
	const tries, holds = "sends a GET that the API handles as a write", "nothing is sent without a confirmation"
	for name, target := range writesInOtherForms {
		try(t, "replay/"+name, tries, holds, func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(legacy, sending(a.capture(exchange{url: u.URL + target}), u))
			g.call("replay_flow", object{"flow_id": 1})
			a.untouched(u)
		})
		try(t, "redirect/"+name, "redirects a read to a URL that it handles as a write", "the redirect is not followed", func(a *attack) {
			u := a.upstream(func(w http.ResponseWriter, r *http.Request) {
				if r.RequestURI == "/first" {
					w.Header().Set("Location", target)
					w.WriteHeader(http.StatusFound)
				}
			})
			g := a.agent(legacy, sending(a.capture(exchange{url: u.URL + "/first"}), u))
			g.call("replay_flow", object{"flow_id": 1})
			if n := len(u.requests()); n > 1 {
				a.breach("followed: %s", u.all())
			}
		})
	}
	for name, header := range map[string]string{
		"cookie behind a comma": "Cookie: a=b, _method=DELETE",
		"method as a cookie":    "Cookie: method=DELETE",
	} {
		try(t, "replay/"+name, tries, holds, func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(legacy, sending(a.capture(exchange{url: u.URL + "/a", header: []string{header}}), u))
			g.call("replay_flow", object{"flow_id": 1})
			a.untouched(u)
		})
	}
}

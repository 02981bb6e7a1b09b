package attack

import (
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// A document whose author names an address of this machine reaches nothing there, however it is
// written (threat 5). Forms that need a resolver are left out.
func TestDocumentsNamePrivateAddresses(t *testing.T) {
	const document = `
openapi: 3.0.3
info: {title: t, version: "1"}
servers: [{url: "SERVER"}]
paths:
  /a: {get: {operationId: a, responses: {"200": {description: ok}}}}
`
	for _, host := range []string{
		"127.0.0.1", "localhost", "localhost.", "LOCALHOST", "a.localhost", "ⓛocalhost", "0.0.0.0", "127.0.0.2", "127.255.255.254", "user@127.0.0.1", "public.example@127.0.0.1",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::1%25lo]", "[fe80::1%25lo]",
	} {
		for _, form := range []string{"http://HOST:PORT", "{scheme}"} {
			try(t, form+"/"+host, "serves a document whose server is this machine", "nothing of this machine is reached", func(a *attack) {
				u := a.upstream(nil)
				parsed := must.Get(url.Parse(u.URL))
				server := strings.NewReplacer("HOST", host, "PORT", parsed.Port()).Replace("http://HOST:PORT")
				text := strings.Replace(document, "SERVER", server, 1)
				if form != "http://HOST:PORT" {
					text = strings.Replace(document, `{url: "SERVER"}`, `{url: "http://{host}:{port}", variables: {host: {default: "`+host+`"}, port: {default: "`+parsed.Port()+`"}}}`, 1)
				}
				args := []string{"serve", a.file("api.yaml", text)}
				if o := a.spectap(append(args, "--dry-run")...); o.status != 0 {
					a.untouched(u)
					return // it is not served
				}
				a.agent(legacy, args).call("a", object{})
				a.untouched(u)
			})
		}
	}
}

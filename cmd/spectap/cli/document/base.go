package document

import (
	"cmp"
	"context"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/openapi/router"
)

// baseFlags say where the flows of a document went, if not to its servers.
type baseFlags struct{ host, url string }

func (b *baseFlags) register(cmd *cobra.Command, verb string) {
	f := cmd.Flags()
	f.StringVar(&b.host, "host", "", verb+" the flows of this `host`, regardless of the servers of the document")
	f.StringVar(&b.url, "base-url", "", verb+" the flows below this `URL` or path, such as /v2, regardless of the servers of the document; "+
		"a URL without a path keeps theirs")
}

// load loads a document, whose servers it replaces by the URL, and sets the host of the flows.
// anyHost reports whether the hosts of the servers do not count.
func (b *baseFlags) load(ctx context.Context, p *cli.Program, spec string) (doc *openapi3.T, anyHost bool, err error) {
	u, err := url.Parse(b.url)
	if err != nil || u.RawQuery != "" || u.Fragment != "" || u.Host == "" && b.url != "" && !strings.HasPrefix(b.url, "/") {
		err = cli.Misusef("--base-url %s: want a URL such as https://staging.example.com/v2, or a path such as /v2", b.url)
		if meant := cli.MeantURL(b.url); meant != "" {
			err = cli.WithHint(err, p.Cmd.CommandPath()+" "+cli.QuoteArg(spec)+" --base-url "+cli.QuoteArg(meant))
		}
		return nil, false, err
	}
	if doc, err = LoadSpec(ctx, p, spec); err != nil {
		return nil, false, err
	}
	host, _ := router.SplitServer(b.url)
	b.host = cmp.Or(b.host, host)
	if u.Path == "" {
		return doc, b.host != "", nil
	}
	doc.Servers = openapi3.Servers{{URL: b.url}}
	for _, item := range doc.Paths.Map() {
		item.Servers = nil
		for _, op := range item.Operations() {
			op.Servers = nil
		}
	}
	return doc, b.host != "", nil
}

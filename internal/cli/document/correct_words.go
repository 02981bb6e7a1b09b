package document

import (
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/internal/cli"
)

// CorrectionsOf offers what a command of corrections may be about, as far as it needs no quotes.
func CorrectionsOf(k *correctKind) func(*cli.Lookup) []cli.Candidate {
	return func(l *cli.Lookup) (out []cli.Candidate) {
		if k.Kind == overrides.HostOf {
			return cli.HostsOf(l)
		}
		d := l.Inferred()
		if d == nil || len(l.Args) > 0 && k.Kind != overrides.Merge {
			return nil
		}
		for i := range d.Components {
			out = append(out, cli.Candidate{Value: d.Components[i].Name, About: "component"})
		}
		for i := range d.Operations {
			out = append(out, cli.Candidate{Value: amend.Prefix(d) + d.Operations[i].Path, About: d.Operations[i].Summary})
		}
		return out
	}
}

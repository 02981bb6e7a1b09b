package contract

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/har"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/openapi/build"
)

// variable stands for a secret in archives.
var variable = regexp.MustCompile(`\$\{SPECTAP_AUTH_[A-Z0-9_]+\}`)

// nameBytes is where the name of a secret is looked for, before it.
const nameBytes = 80

// Write writes steps as an HTTP archive, with variables in place of secrets. version is that of the
// program.
func Write(w io.Writer, steps []*Step, version string) error {
	var b bytes.Buffer
	archive := har.NewWriter(&b, har.WriteConfig{Version: version})
	for _, s := range steps {
		if err := archive.Write(s.shown); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	names, taken, text := map[string]string{}, map[string]bool{}, b.String()
	for _, at := range placeholder.FindAllIndex(text) { // a secret is named after the word before its first place
		words := append([]string{"secret"}, word.FindAllString(text[max(0, at[0]-nameBytes):at[0]], -1)...)
		if len(words) > 2 && words[len(words)-1] == "value" { // of a header
			words = words[:len(words)-1]
		}
		for i, mark := 1, text[at[0]:at[1]]; names[mark] == ""; i++ {
			v := strings.TrimSuffix(fmt.Sprint(credential.Variable(words[len(words)-1]), "_", i), "_1")
			if !taken[v] {
				names[mark], taken[v] = "${"+v+"}", true
			}
		}
	}
	_, err := io.WriteString(w, placeholder.ReplaceAll(text, func(mark string) string { return names[mark] }))
	return err
}

// Document infers the document of an archive's flows.
func Document(flows []flow.Flow) (*openapi3.T, error) {
	m := infer.New()
	for i := range flows {
		m.Add(&flows[i])
	}
	return build.Document(m.Document(infer.Options{}), build.Options{})
}

// Read reads the flows of an archive, such as one that [Write] wrote.
func Read(r io.Reader) (flows []flow.Flow, err error) {
	for f, err := range har.Read(r, har.ReadConfig{Source: "import:test"}).Flows() {
		if err != nil {
			return nil, err
		}
		f.Seq = flow.Seq(len(flows) + 1)
		flows = append(flows, f)
	}
	return flows, nil
}

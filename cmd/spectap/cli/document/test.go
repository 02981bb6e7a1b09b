package document

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/contract"
	"github.com/spectap/spectap/openapi/report"
	"github.com/spectap/spectap/openapi/router"
	"github.com/spectap/spectap/store"
)

const testExample = `  spectap test --session last --base-url http://127.0.0.1:8000
  spectap test --session last --write tests/              # an archive without secrets, to keep
  spectap test tests/*.har --base-url http://127.0.0.1:8000
  spectap test --junit report.xml --host api.example.com --base-url http://127.0.0.1:8000 --send-recorded-secrets`

// contractTest is one run of the command test.
type contractTest struct {
	p                           *cli.Program
	host, baseURL, write, junit string
	sendSecrets                 bool
	timeout                     time.Duration
	base                        *url.URL
}

// NewTestCmd returns the command test.
func NewTestCmd(p *cli.Program) *cobra.Command {
	t := &contractTest{p: p}
	cmd := &cobra.Command{
		Use:   "test [ARCHIVE...]",
		Short: "Send a recorded session again, and compare the answers with the recorded ones",
		Long: `Sends the requests of a session in order to the server of --base-url, with the ids and tokens that the
server answers in place of the recorded ones, and compares each answer by what does not vary: status,
members and their types, ids, and values. The server must begin in the state in which the recording
began. Repeated requests teach what varies by itself. The exit status is 3 if there are differences.

--write writes the session as an HTTP archive (HAR) and sends nothing. Where a secret stood, it has a
variable such as ${SPECTAP_AUTH_PASSWORD}, which a test of the archive reads from the environment.`,
		Example: testExample,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := flagset.Check(cmd, flagset.Exclude("write", "base-url", "nothing is sent")); err != nil {
				return err
			}
			if t.write != "" && len(args) == 0 {
				return t.keep(cmd.Context())
			} else if t.write != "" {
				return cli.Usagef(cmd, "--write %s: writes a recorded session, and %s is an archive already", t.write, args[0])
			}
			if len(args) > 0 && p.Global.Session != "" {
				return cli.Usagef(cmd, "--session selects captured traffic, and excludes ARCHIVE")
			}
			t.base, err = url.Parse(t.baseURL)
			if err != nil || t.base.Host == "" || !strings.HasPrefix(t.base.Scheme, "http") || t.base.RawQuery != "" || t.base.User != nil {
				err := cli.Misusef("--base-url %q: want the URL of the server, such as http://127.0.0.1:8000", egress.WithoutUser(t.baseURL))
				if meant := cli.MeantURL(t.baseURL); meant != "" {
					return cli.WithHint(err, cli.QuoteArgs(append([]string{"spectap", "test"}, append(args, "--base-url", meant)...)))
				}
				return err
			}
			return t.run(cmd.Context(), args)
		},
	}
	p.AddSessionFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&t.baseURL, "base-url", "", "the `URL` of the server, to which alone requests are sent")
	f.StringVar(&t.host, "host", "", "send only the requests to this recorded `host`")
	f.StringVar(&t.write, "write", "", "write the session to this `folder`")
	f.StringVar(&t.junit, "junit", "", "also write the differences to this `file`, in the form of JUnit")
	f.BoolVar(&t.sendSecrets, "send-recorded-secrets", false, "send recorded credentials also to a server that they are not of")
	p.AddJSON(cmd, "print one JSON object")
	flagset.TimeVar(f, &t.timeout, "timeout", egress.DefaultTimeout, "how long to wait for each answer")
	return cmd
}

// keep writes the session to the folder of --write.
func (t *contractTest) keep(ctx context.Context) error {
	steps, _, err := t.recorded(ctx, nil)
	if err != nil {
		return err
	}
	name := strings.Trim(steps[0].Request.Authority+"-"+t.p.Global.Session, "-")
	name = filepath.Join(t.write, regexp.MustCompile(`[^\w.]+`).ReplaceAllString(name, "-")+".har")
	if !cli.IsReplaceable(name) {
		return cli.WithHint(fmt.Errorf("%s exists, and spectap did not write what is in it", name), "another folder with --write")
	}
	if err := os.MkdirAll(t.write, 0o755); err != nil {
		return fmt.Errorf("make the folder of --write: %w", err)
	}
	if err = t.p.WriteStream(ctx, "the archive", name, func(w io.Writer) error { return contract.Write(w, steps, cli.Version()) }); err != nil {
		return err
	}
	return t.p.Say("%s has %s", name, cli.Plural(len(steps), "request"))
}

func (t *contractTest) run(ctx context.Context, archives []string) error {
	steps, red, err := t.recorded(ctx, archives)
	if err != nil {
		return err
	}
	hasSecrets := slices.ContainsFunc(steps, (*contract.Step).HasSecrets)
	if of, err := url.Parse(steps[0].Request.Origin()); hasSecrets && !t.sendSecrets && (err != nil || of.Hostname() != t.base.Hostname() || of.Scheme == "https" && t.base.Scheme == "http") {
		return cli.WithHint(fmt.Errorf("nothing was sent: the credentials in the recording are of %s", steps[0].Request.Authority), "--send-recorded-secrets, if "+t.base.Host+" may have them")
	}
	client, err := egress.New(egress.Config{Named: []string{t.base.Scheme + "://" + t.base.Host}, Timeout: t.timeout, Redirects: -1})
	if err != nil {
		return err
	}
	defer client.Close()
	found, sent, err := contract.Run(ctx, steps, contract.Config{Base: t.base, Client: client, Redactor: red, Timeout: t.timeout,
		Getenv: map[bool]func(string) string{true: os.Getenv}[len(archives) > 0]}) // a store has no variables
	var missing *contract.MissingError
	switch {
	case errors.As(err, &missing):
		return cli.WithHint(err, "export "+missing.Variable+"=…")
	case ctx.Err() != nil:
		return err
	case err != nil:
		return cli.WithHint(err, "see that its server runs at --base-url; SSL_CERT_FILE may name the certificate of its CA")
	}
	return t.report(ctx, sent, len(steps), found)
}

// recorded returns the steps of archives, or of the store.
func (t *contractTest) recorded(ctx context.Context, archives []string) (steps []*contract.Step, red *redact.Redactor, err error) {
	if len(archives) > 0 {
		return t.archived(archives)
	}
	st, err := t.p.Open(store.Options{ReadOnly: true})
	if err != nil {
		return nil, nil, err
	}
	defer st.Close()
	if red, err = t.p.Redactor(ctx, st); err != nil {
		return nil, nil, err
	}
	all, host, err := t.ofOneHost(st.Scan(ctx, store.Query{}))
	if err != nil {
		return nil, nil, err
	}
	d, err := t.p.NewCatalog(st, catalog.SaveNever).Document(ctx, catalog.Request{Host: cmp.Or(host, t.host)})
	if err != nil {
		return nil, nil, err
	}
	return stepsOf(all, d.OpenAPI, red)
}

// ofOneHost returns flows that are tested. Those of several hosts are refused: the credentials of
// one are not for the server of another.
func (t *contractTest) ofOneHost(flows iter.Seq2[flow.Flow, error]) (all []flow.Flow, host string, err error) {
	for f, err := range flows {
		at := f.Request.Authority
		switch {
		case err != nil:
			return nil, "", fmt.Errorf("read flows: %w", err)
		case t.host != "" && !catalog.IsHost(at, t.host) || noOperation(&f) != "":
			continue
		case host != "" && host != at:
			return nil, "", cli.WithHint(fmt.Errorf("the requests go to several hosts, such as %s and %s", host, at), "--host "+host)
		case len(all) == maxTested:
			return nil, "", cli.WithHint(fmt.Errorf("there are more than %d flows", maxTested), "--session last")
		}
		host, all = at, append(all, f)
	}
	return all, host, nil
}

// archived returns the steps of archives.
func (t *contractTest) archived(files []string) (steps []*contract.Step, red *redact.Redactor, err error) {
	red = redact.New([]byte(rand.Text()), redact.Config{})
	var all []flow.Flow
	for _, name := range files {
		text, err := cli.ReadFile(name, cli.MaxInput)
		if err != nil {
			return nil, nil, err
		}
		flows, err := contract.Read(bytes.NewReader(text))
		if err != nil {
			return nil, nil, cli.WithHint(fmt.Errorf("read %s: %w", name, err), "spectap test --write FOLDER, which writes archives")
		}
		all = append(all, flows...)
	}
	if all, _, err = t.ofOneHost(func(yield func(flow.Flow, error) bool) {
		for _, f := range all {
			if !yield(f, nil) {
				return
			}
		}
	}); err != nil {
		return nil, nil, err
	}
	doc, err := contract.Document(all)
	if err != nil {
		return nil, nil, err
	}
	return stepsOf(all, doc, red)
}

func stepsOf(all []flow.Flow, doc *openapi3.T, red *redact.Redactor) ([]*contract.Step, *redact.Redactor, error) {
	routes, err := router.New(doc)
	if err != nil {
		return nil, nil, err
	}
	steps := contract.Build(all, func(f *flow.Flow) string {
		if m, ok := routes.FindFlow(f, f.Request.Authority); ok {
			return m.Method + " " + m.Template
		}
		return f.Request.Method + " " + f.Request.Path
	}, red.Flow)
	if len(steps) == 0 {
		err = catalog.ErrNoFlows
	}
	return steps, red, err
}

// maxTested bounds the flows that a test learns from.
const maxTested = 20_000

// report prints the differences.
func (t *contractTest) report(ctx context.Context, sent, of int, found []contract.Difference) error {
	requests := cli.Plural(of, "request")
	if sent < of {
		requests = fmt.Sprintf("%d of %s", sent, requests)
	}
	r := report.Report{Title: "Contract test", File: t.base.Host, Version: cli.Version(),
		Summary: fmt.Sprintf("%s to %s: %s", requests, t.base.Host, cli.Plural(len(found), "difference"))}
	rows := t.p.NewRows()
	for _, d := range found {
		line := fmt.Sprintf("flow %d: %s: was %s, now %s", d.Flow, strings.TrimSpace(d.Rule+" "+d.Pointer), d.Recorded, d.Live)
		r.Findings = append(r.Findings, report.Finding{Rule: d.Rule, Level: report.Error, Message: line, Operation: d.Operation, Where: d.Pointer})
		if !t.p.JSON {
			rows.Text(visible.Line(d.Operation + ": " + line))
		}
	}
	var err error
	if t.junit != "" {
		err = t.p.WriteStream(ctx, "the report", t.junit, func(w io.Writer) error { return r.Write(w, "junit") })
	}
	if t.p.JSON && err == nil {
		err = t.p.PrintIndentedJSON(map[string]any{"requests": sent, "differences": append([]contract.Difference{}, found...)})
	}
	if err = errors.Join(err, t.p.Say("%s", r.Summary)); err == nil && len(found) > 0 {
		err = cli.ExitStatus(cli.ExitFound)
	}
	return err
}

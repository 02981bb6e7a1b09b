package document

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

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
  spectap test --junit report.xml --host api.example.com --base-url http://127.0.0.1:8000 --send-recorded-secrets`

// contractTest is one run of the command test.
type contractTest struct {
	p                    *cli.Program
	host, baseURL, junit string
	sendSecrets          bool
	timeout              time.Duration
	base                 *url.URL
}

// NewTestCmd returns the command test.
func NewTestCmd(p *cli.Program) *cobra.Command {
	t := &contractTest{p: p}
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Send a recorded session again, and compare the answers with the recorded ones",
		Long: `Sends the requests of a session in order to the server of --base-url, with the ids and tokens that the
server answers in place of the recorded ones, and compares each answer by what does not vary: status,
members and their types, ids, and values. The server must begin in the state in which the recording
began. Repeated requests teach what varies by itself. The exit status is 3 if there are differences.`,
		Example: testExample,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			t.base, err = url.Parse(t.baseURL)
			if err != nil || t.base.Host == "" || !strings.HasPrefix(t.base.Scheme, "http") || t.base.RawQuery != "" || t.base.User != nil {
				return cli.Usagef(cmd, "--base-url %q: want the URL of the server, such as http://127.0.0.1:8000", egress.WithoutUser(t.baseURL))
			}
			return t.run(cmd.Context())
		},
	}
	p.AddSessionFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&t.baseURL, "base-url", "", "the `URL` of the server, to which alone requests are sent")
	f.StringVar(&t.host, "host", "", "send only the requests to this recorded `host`")
	f.StringVar(&t.junit, "junit", "", "also write the differences to this `file`, in the form of JUnit")
	f.BoolVar(&t.sendSecrets, "send-recorded-secrets", false, "send recorded credentials also to a server that they are not of")
	p.AddJSON(cmd, "print one JSON object")
	flagset.TimeVar(f, &t.timeout, "timeout", egress.DefaultTimeout, "how long to wait for each answer")
	return cmd
}

func (t *contractTest) run(ctx context.Context) error {
	steps, redactor, err := t.recorded(ctx)
	if err != nil {
		return err
	}
	if of, err := url.Parse(steps[0].Request.Origin()); !t.sendSecrets && (err != nil || of.Hostname() != t.base.Hostname()) {
		return cli.WithHint(fmt.Errorf("nothing was sent: the credentials in the recording are of %s", steps[0].Request.Authority), "--send-recorded-secrets, if "+t.base.Host+" may have them")
	}
	client, err := egress.New(egress.Config{Named: []string{t.base.Scheme + "://" + t.base.Host}, Timeout: t.timeout, Redirects: -1})
	if err != nil {
		return err
	}
	defer client.Close()
	found, sent, err := contract.Run(ctx, steps, contract.Config{Base: t.base, Client: client, Redactor: redactor, Timeout: t.timeout})
	switch {
	case ctx.Err() != nil:
		return err
	case err != nil:
		return cli.WithHint(err, "see that its server runs at --base-url; SSL_CERT_FILE may name the certificate of its CA")
	}
	return t.report(ctx, sent, len(steps), found)
}

// recorded returns the steps of the store.
func (t *contractTest) recorded(ctx context.Context) (steps []*contract.Step, red *redact.Redactor, err error) {
	st, err := t.p.Open(store.Options{ReadOnly: true})
	if err != nil {
		return nil, nil, err
	}
	defer st.Close()
	if red, err = t.p.Redactor(ctx, st); err != nil {
		return nil, nil, err
	}
	var all []flow.Flow
	host := ""
	for f, err := range st.Scan(ctx, store.Query{}) {
		at := f.Request.Authority
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("read flows: %w", err)
		case t.host != "" && !catalog.IsHost(at, t.host) || noOperation(&f) != "":
			continue
		case host != "" && host != at:
			return nil, nil, cli.WithHint(fmt.Errorf("the requests go to several hosts, such as %s and %s", host, at), "--host "+host)
		case len(all) == maxTested:
			return nil, nil, cli.WithHint(fmt.Errorf("there are more than %d flows", maxTested), "--session last")
		}
		host, all = at, append(all, f)
	}
	d, err := t.p.NewCatalog(st, catalog.SaveNever).Document(ctx, catalog.Request{Host: cmp.Or(host, t.host)})
	if err != nil {
		return nil, nil, err
	}
	routes, err := router.New(d.OpenAPI)
	if err != nil {
		return nil, nil, err
	}
	steps = contract.Build(all, func(f *flow.Flow) string {
		if m, ok := routes.FindFlow(f, host); ok {
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

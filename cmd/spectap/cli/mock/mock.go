// Package mock is the command that serves a recorded API with its memory. Read mock.go first.
package mock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/httpserver"
	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/mock"
	"github.com/spectap/spectap/openapi/router"
	"github.com/spectap/spectap/store"
)

const example = `  spectap mock --host api.example.com                # what was recorded, at http://127.0.0.1:4010
  spectap mock api.yaml --db flows.db --session last   # a document that you have, and one session
  spectap mock --at 2026-11-20T09:00:00Z               # the state of that time
  spectap mock --save state.json --load state.json     # go on where the last run ended
  spectap mock --empty --seed 7                        # each run makes the same identifiers and times
  spectap mock api.yaml                                # without a recording: the examples of the document
  curl -X POST http://127.0.0.1:4010` + mock.ResetPath + `   # the state of the start`

const long = `Serves what was recorded of an API, and remembers what requests change: what a client creates it can
read, list, change and delete. Other requests get the nearest recorded answer; the header ` + mock.HowHeader + `
says which. Requests with another ` + mock.SessionHeader + ` have a state of their own. What redaction hides
is not served. Without SPEC, the document is that of the flows.`

type flags struct {
	host, addr, save, load, latency string
	remote                          bool
	at                              time.Time
	seed                            uint64
	mock.Config
}

// asRecorded is the value of --latency.
const asRecorded = "as-recorded"

// NewCmd returns the command mock.
func NewCmd(p *cli.Program) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use: "mock [SPEC]", Short: "Serve the recorded API with its memory", Long: long, Example: example, Args: cli.AtMost(1, "at most one document"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.Latency = f.latency == asRecorded; !f.Latency && f.latency != "" {
				return cli.Usagef(cmd, "--latency %q: must be %s", f.latency, asRecorded)
			}
			if err := flagset.Check(cmd, flagset.Exclude("empty", "load", "the file has the state")); err != nil {
				return err
			}
			if cmd.Flag("seed").Changed {
				f.Seed = &f.seed
			}
			return f.run(cmd.Context(), p, strings.Join(args, ""))
		},
	}
	p.AddSessionFlag(cmd)
	p.AddRefs(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.host, "host", "", "the `host` whose flows are served (default: that of SPEC, or the only one)")
	fl.StringVar(&f.addr, "http", "127.0.0.1:4010", "serve at this `address`")
	fl.BoolVar(&f.remote, "allow-remote", false, "accept an address that other machines reach; there is no token")
	fl.StringVar(&f.save, "save", "", "write the state to this `file` at the end")
	fl.StringVar(&f.load, "load", "", "begin with the state in this `file`")
	fl.TimeVar(&f.at, "at", time.Time{}, []string{time.RFC3339, time.DateOnly}, "begin with the state of this `time`: later flows are not read")
	fl.BoolVar(&f.Empty, "empty", false, "begin without the recorded items")
	fl.Uint64Var(&f.seed, "seed", 0, "make the same identifiers and times in each run with this `number`")
	fl.StringVar(&f.latency, "latency", "", asRecorded+": answer after the time that the recorded answer took")
	return cmd
}

func (f *flags) run(ctx context.Context, p *cli.Program, spec string) error {
	if cli.HasContent(f.save) {
		if old, err := cli.ReadFile(f.save, 256<<20); err != nil || new(mock.Mock).Load(old) != nil {
			return cli.WithHint(fmt.Errorf("--save %s: the file exists, and has no state of a mock", f.save), "another file with --save")
		}
	}
	l, m, err := f.open(ctx, p, spec)
	if err == nil {
		err = serve(ctx, l, m)
	}
	if err != nil || f.save == "" {
		return err
	}
	if err := safefile.Write(context.WithoutCancel(ctx), f.save, 0o600, m.Save()); err != nil {
		return fmt.Errorf("--save %s: %w", f.save, err)
	}
	return nil
}

// Start serves a mock at a free port until the context ends, and returns its URL. The arguments are
// those of the command.
func Start(ctx context.Context, p *cli.Program, spec, host string) (string, error) {
	f := flags{host: host, addr: "127.0.0.1:0"}
	l, m, err := f.open(ctx, p, spec)
	if err != nil {
		return "", err
	}
	go serve(ctx, l, m) // its error is that of the call which it did not answer
	return "http://" + l.Addr().String(), nil
}

// open learns a mock and listens.
func (f *flags) open(ctx context.Context, p *cli.Program, spec string) (net.Listener, *mock.Mock, error) {
	m, err := f.learn(ctx, p, spec)
	if errors.Is(err, mock.ErrNothing) {
		err = cli.WithHint(err, "spectap flows ls   # shows the hosts, for --db FILE --host HOST")
	}
	if err == nil && f.load != "" {
		data, e := cli.ReadFile(f.load, 256<<20)
		if e == nil {
			e = m.Load(data)
		}
		if e != nil {
			err = cli.WithHint(fmt.Errorf("--load %s: %w", f.load, e), "--save "+cli.QuoteArg(f.load)+"   # writes a state at the end")
		}
	}
	if err != nil {
		return nil, nil, err
	}
	l, err := flagset.ListenRule{
		Flag: "--http", Remote: f.remote, RemoteFlag: "--allow-remote", AnyPort: "--http 127.0.0.1:0, which selects a free port",
		ToRemote: "--http 127.0.0.1:4010, or --allow-remote",
	}.Listen(f.addr)
	if err == nil {
		fmt.Fprintf(p.Stderr, "spectap: mock at http://%s, of %s\n", l.Addr(), m)
	}
	return l, m, err
}

// learn reads the document, and the store if there is one.
func (f *flags) learn(ctx context.Context, p *cli.Program, spec string) (m *mock.Mock, err error) {
	hosts := []string{f.host}
	if spec != "" {
		if f.Doc, err = document.LoadSpec(ctx, p, spec); err != nil {
			return nil, err
		}
		if f.host == "" {
			hosts = router.Hosts(f.Doc)
		}
		if p.Global.DB == "" && f.host == "" && p.Global.Session == "" {
			return mock.New(ctx, f.Config)
		}
	}
	st, save, err := p.OpenLearningAt(p.DBPath())
	if err != nil {
		return nil, err
	}
	defer st.Close()
	if spec == "" {
		e, err := p.NewCatalog(st, save).Document(ctx, catalog.Request{Host: f.host})
		if err != nil {
			return nil, err
		}
		f.Doc, hosts = e.OpenAPI, e.Hosts
	}
	redactor, err := p.Redactor(ctx, st)
	if err != nil {
		return nil, err
	}
	var like flow.Request // of which requests are redacted alike
	f.Flows = func(yield func(flow.Flow, error) bool) {
		for one, err := range st.Scan(ctx, store.Query{Newest: true, Before: f.at}) {
			isOf := hosts == nil || slices.ContainsFunc(hosts, func(h string) bool { return catalog.IsHost(one.Request.Authority, h) })
			if err == nil && (!isOf || one.Response == nil || !one.Done || one.ByRule()) {
				continue
			}
			like = one.Request
			if !yield(redactor.Forwarded(one), err) {
				return
			}
		}
	}
	f.Redact = func(one flow.Flow) flow.Flow {
		one.Request.Scheme, one.Request.Authority = like.Scheme, like.Authority
		return redactor.Forwarded(one)
	}
	return mock.New(ctx, f.Config)
}

// serve serves until the context ends.
func serve(ctx context.Context, l net.Listener, m *mock.Mock) error {
	reach, err := httpserver.NewReach(httpserver.ReachConfig{Addr: l.Addr()})
	if err != nil {
		l.Close()
		return err
	}
	return httpserver.Serve(ctx, &http.Server{
		ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !reach.HostAllowed(r.Host) { // a page may have resolved its own name to this address
				http.Error(w, "this server does not answer to this Host", http.StatusMisdirectedRequest)
				return
			}
			m.ServeHTTP(w, r)
		}),
	}, l, 2*time.Second, nil)
}

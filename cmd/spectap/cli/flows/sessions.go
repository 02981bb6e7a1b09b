package flows

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/store"
)

const sessionsLong = `A session is one run of a command by spectap run, or of a browser by spectap browser: the command,
when it ran, how it ended, and the flows that it made. Commands that read flows have --session, to see one session alone:

  spectap run -- npm test
  spectap export --session last -o api.yaml`

// NewSessionsCmd returns the command sessions.
func NewSessionsCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "sessions",
		Short:   "List, show and remove the sessions that run and browser recorded",
		Long:    sessionsLong,
		Example: "  spectap sessions ls\n  spectap sessions show last\n  spectap sessions rm 3",
	}
	return cli.Group(cmd, cli.EndsAtOnce(newSessionsListCmd(p)), cli.EndsAtOnce(newSessionsShowCmd(p)), newSessionsRemoveCmd(p))
}

// sessionRow is the JSON object that `sessions ls --json` and `sessions show --json` print. Scripts
// rely on its names.
type sessionRow struct {
	Number  uint64           `json:"number"`
	State   string           `json:"state"` // "ended", or "open" if it runs or its recorder was killed
	Status  *int             `json:"exit_status,omitempty"`
	Started time.Time        `json:"started"`
	Seconds *float64         `json:"seconds,omitempty"`
	Flows   int64            `json:"flows"`
	Hosts   map[string]int64 `json:"hosts"` // flows by host
	Tags    []string         `json:"tags,omitempty"`
	Command string           `json:"command"` // as in a shell, without secrets
}

func newSessionsListCmd(p *cli.Program) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use:     "ls",
		Short:   "List the sessions, the newest last",
		Example: "  spectap sessions ls",
		RunE: func(cmd *cobra.Command, _ []string) error {
			rows, err := sessionRows(cmd.Context(), p, "")
			if err != nil {
				return err
			}
			none := p.Copyable("spectap: the store has no sessions; spectap run -- COMMAND records one")
			return cli.PrintList(p, rows, none, func(list *cli.Rows, r *sessionRow) error {
				took := fmt.Sprintf("%7s  ", r.took())
				if list.Narrow() {
					took = ""
				}
				_, flows, _ := strings.Cut(cli.Plural(int(r.Flows), "flow"), " ")
				cells := fmt.Sprintf("%4d  %s  %s%-9s %6d %-5s  ", r.Number, list.Minute(r.Started), took, r.end(), r.Flows, flows)
				return list.Print(cells, r.line())
			})
		},
	}, "print JSON")
}

func newSessionsShowCmd(p *cli.Program) *cobra.Command {
	return p.AddJSON(&cobra.Command{
		Use:   "show SESSION",
		Short: "Show a session: its command, how it ended, and the hosts that it called",
		Example: `  spectap sessions show last
  spectap sessions show 3`,
		Args: cli.Exactly(1, "the number of a session, or last"),
		RunE: func(cmd *cobra.Command, args []string) error {
			rows, err := sessionRows(cmd.Context(), p, args[0])
			if err != nil {
				return err
			}
			r := &rows[0]
			if p.JSON {
				return p.PrintIndentedJSON(r)
			}
			return r.print(p)
		},
	}, "print JSON")
}

func newSessionsRemoveCmd(p *cli.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "rm SESSION…",
		Short: "Remove sessions and their flows",
		Example: `  spectap sessions rm last
  spectap sessions rm 3 4`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 { // the hint must not be an example that removes something
				return cli.WithHint(cli.Misusef("%s takes numbers of sessions, or last", cmd.CommandPath()),
					"spectap sessions ls   # shows their numbers")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			st, err := p.Open(store.Options{})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, st.Close()) }()
			var found []store.Session // all are found before the first is removed
			for _, name := range args {
				s, err := cli.FindSession(cmd.Context(), st, name)
				if err != nil {
					return err
				}
				found = append(found, s)
			}
			for _, s := range found {
				n, err := removeSession(cmd.Context(), p, st, &s)
				if err != nil {
					return err
				}
				fmt.Fprintf(p.Stderr, "removed session %d with %s\n", s.Number, cli.Plural(n, "flow"))
			}
			return nil
		},
	}
}

// removeSession deletes the flows of a session, then the session.
func removeSession(ctx context.Context, p *cli.Program, st control.Store, s *store.Session) (int, error) {
	n, err := p.Delete(ctx, st, s.Query())
	if err != nil {
		return n, err
	}
	if err := st.DeleteSession(ctx, s.Number); err != nil && !errors.Is(err, store.ErrNoSession) {
		return n, err // deleting the last flows may have removed it
	}
	return n, nil
}

// sessionRows returns the row of a session, or the rows of all sessions if name is empty.
func sessionRows(ctx context.Context, p *cli.Program, name string) ([]sessionRow, error) {
	st, err := p.Open(store.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer st.Close()
	red, err := p.Redactor(ctx, st)
	if err != nil {
		return nil, err
	}
	list, err := st.Sessions(ctx)
	if name != "" {
		var s store.Session
		s, err = cli.FindSession(ctx, st, name)
		list = []store.Session{s}
	}
	if err != nil || len(list) == 0 {
		return []sessionRow{}, err
	}
	q := store.Query{Brief: true, After: list[0].After}
	if len(list) == 1 {
		q = list[0].Query()
		q.Brief = true
	}
	hosts := map[uint64]map[string]int64{}
	for f, err := range st.Scan(ctx, q) {
		if err != nil {
			return nil, fmt.Errorf("read flows: %w", err)
		}
		if hosts[f.Session] == nil {
			hosts[f.Session] = map[string]int64{}
		}
		hosts[f.Session][f.Request.Authority]++
	}
	rows := make([]sessionRow, len(list))
	for i := range list {
		rows[i] = rowOfSession(&list[i], hosts[list[i].Number], red)
	}
	return rows, nil
}

func rowOfSession(s *store.Session, hosts map[string]int64, red *redact.Redactor) sessionRow {
	r := sessionRow{Number: s.Number, State: "open", Started: s.Started, Hosts: map[string]int64{}, Tags: s.Tags}
	for h, n := range hosts {
		r.Hosts[h], r.Flows = n, r.Flows+n
	}
	if !s.Ended.IsZero() {
		took := max(s.Ended.Sub(s.Started).Seconds(), 0)
		r.State, r.Status, r.Seconds = "ended", &s.Status, &took
	}
	r.Command = cli.ShownCommand(red, s.Command)
	return r
}

// took returns the duration of the session.
func (r *sessionRow) took() string {
	if r.Seconds == nil {
		return ""
	}
	d := time.Duration(*r.Seconds * float64(time.Second))
	if d < time.Minute {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// end describes how the session ended.
func (r *sessionRow) end() string {
	switch {
	case r.Status == nil:
		return "open"
	case *r.Status == 0:
		return "ok"
	}
	return fmt.Sprintf("exit %d", *r.Status)
}

// line returns the command in one line, with the tags.
func (r *sessionRow) line() string {
	line := r.Command
	if len(r.Tags) > 0 {
		line += "  [" + strings.Join(r.Tags, ", ") + "]"
	}
	return line
}

func (r *sessionRow) print(p *cli.Program) error {
	rows := [][2]string{{"session", fmt.Sprint(r.Number)}, {"command", visible.Line(r.Command)},
		{"started", r.Started.Local().Format(time.DateTime)}}
	if r.Status != nil {
		rows = append(rows, [2]string{"ended", fmt.Sprintf("after %s, exit status %d", r.took(), *r.Status)})
	} else {
		rows = append(rows, [2]string{"ended", "not noted: it still runs, or its recorder was killed"})
	}
	if len(r.Tags) > 0 {
		rows = append(rows, [2]string{"tags", visible.Line(strings.Join(r.Tags, ", "))})
	}
	rows = append(rows, [2]string{"flows", fmt.Sprint(r.Flows)})
	for _, h := range slices.Sorted(maps.Keys(r.Hosts)) {
		rows = append(rows, [2]string{"", fmt.Sprintf("%6d  %s", r.Hosts[h], visible.Line(h))})
	}
	list := p.NewRows()
	for _, row := range rows {
		if err := list.Text(strings.TrimRight(fmt.Sprintf("%-8s %s", row[0], row[1]), " ")); err != nil {
			return err
		}
	}
	return nil
}

//go:build !nohub

package hub

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
)

const hubExample = `  spectap hub --jetstream --listen 127.0.0.1:4222 --dir hub        # for this machine only
  spectap proxy --db nats://127.0.0.1:4222/shop --spool pod.db --source pod-1
  spectap worker --db nats://127.0.0.1:4222/shop --dir worker
  spectap export --db nats://127.0.0.1:4222/shop

  spectap hub key --dir hub --team shop --source pod-1 > pod-1.nk  # for other machines
  spectap hub --jetstream --listen :4222 --dir hub --tls-cert hub.pem --tls-key hub.key`

const hubLong = `Runs a hub until interrupted. Proxies send it what they record, and commands read it there.

It is a NATS server with JetStream, a node of a hub, in which proxies put what they record. A team's
log is nats://HOST:PORT/TEAM. Everything is synced to the disk before it is acknowledged.
docs/scale.md describes what is promised.

Without keys, made by spectap hub key, the hub serves this machine only. With keys it needs TLS to
serve others. Three nodes with --cluster survive the loss of one.`

// jetstreamFlags are the flags of a node.
type jetstreamFlags struct {
	jetstream      bool
	listen, dir    string
	node           int
	cluster        []string
	secret, rootCA string
	keepAge        time.Duration
	keepSize       flagset.SizeFlag
	keys           []byte // the file of keys as the hub uses it
	flagset.TLSFlags
}

// NewCmd returns the command hub.
func NewCmd(p *cli.Program) *cobra.Command {
	var o jetstreamFlags
	cmd := &cobra.Command{
		Use:     "hub",
		Short:   "Collect the flows of proxies on many machines",
		Long:    hubLong,
		Example: hubExample,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.dir == "" {
				return cli.Lackingf(cmd, "spectap hub needs --dir")
			}
			if err := o.TLSFlags.Check(cmd); err != nil {
				return err
			}
			if !o.jetstream {
				return cli.Lackingf(cmd, "spectap hub needs --jetstream")
			}
			return runHub(p, cmd, &o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.jetstream, "jetstream", false, "run a NATS server with JetStream in this process (required)")
	f.StringVar(&o.listen, "listen", "127.0.0.1:4222", "`address` for clients; port 0 selects a free one")
	f.StringVar(&o.dir, "dir", "", "the `folder` of the data and keys")
	f.IntVar(&o.node, "node", 0, "the `place` of this node in --cluster, from 1")
	f.StringSliceVar(&o.cluster, "cluster", nil, "`addresses` HOST:PORT at which the nodes reach each other, the same list at all")
	f.StringVar(&o.secret, "cluster-secret", "", "a `file` with a secret that the nodes share; required on several machines")
	f.StringVar(&o.Cert, "tls-cert", "", "a PEM `file` with the hub's certificate")
	f.StringVar(&o.Key, "tls-key", "", "a PEM `file` with its key")
	f.StringVar(&o.rootCA, "tls-ca", "", "a PEM `file` with the certificates that the other nodes' must be signed by")
	flagset.TimeVar(f, &o.keepAge, "keep-age", 7*24*time.Hour, "drop blocks of flows after this `time`; for logs that are made from now on")
	f.Var(&o.keepSize, "keep-size", "keep at most this `size` of blocks of a team; 0 means no limit")
	cmd.AddCommand(newHubKeyCmd(p))
	return cmd
}

func runHub(p *cli.Program, cmd *cobra.Command, o *jetstreamFlags) error {
	if (o.node > 0) != (len(o.cluster) > 0) {
		return cli.Usagef(cmd, "--node and --cluster belong together")
	}
	log, err := p.Logger()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the hub: %w", err)
	}
	cfg := natshub.Config{
		Listen: o.listen, Dir: o.dir, Node: o.node, Cluster: o.cluster,
		KeepAge: o.keepAge, KeepBytes: int64(o.keepSize), Logger: log,
	}
	if strings.HasPrefix(cfg.Listen, ":") {
		cfg.Listen = "0.0.0.0" + cfg.Listen
	}
	if err := o.readFiles(&cfg); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(cfg.Listen); err != nil {
		return cli.WithHint(cli.Misusef("--listen %q: must be HOST:PORT", o.listen), "--listen 127.0.0.1:0")
	}
	h, err := natshub.Start(cfg)
	switch {
	case errors.Is(err, natshub.ErrNotLoopback):
		return cli.WithHint(err, "spectap hub key --dir "+cli.QuoteArg(o.dir)+" --team TEAM --source NAME   # makes keys")
	case errors.Is(err, natshub.ErrNoSecret):
		return cli.WithHint(err, "--cluster-secret FILE")
	case errors.Is(err, natshub.ErrOneNode):
		return cli.WithHint(err, "--cluster HOST1:PORT,HOST2:PORT,HOST3:PORT, or neither --node nor --cluster")
	case errors.Is(err, natshub.ErrNoTLS):
		return cli.WithHint(err, "--tls-cert FILE --tls-key FILE")
	case errors.Is(err, syscall.EADDRINUSE):
		return cli.WithHint(err, "--listen 127.0.0.1:0, which selects a free port")
	case err != nil:
		return err
	}
	defer h.Close()
	fmt.Fprintf(p.Stdout, "listening on nats://%s\n", h.Addr())
	if len(cfg.Users) == 0 {
		fmt.Fprintln(p.Stderr, "everybody on this machine may read and write; spectap hub key makes keys")
	}
	o.watchUsers(cmd.Context(), p, h)
	return nil
}

// readFiles reads the files that the flags name, and the keys.
func (o *jetstreamFlags) readFiles(cfg *natshub.Config) (err error) {
	if cfg.Users, o.keys, err = readUsers(o.dir); err != nil {
		return err
	}
	if o.secret != "" {
		b, err := os.ReadFile(o.secret)
		if err != nil {
			return fmt.Errorf("read --cluster-secret: %w", err)
		}
		if cfg.Secret = strings.TrimSpace(string(b)); len(cfg.Secret) < 16 {
			return cli.WithHint(fmt.Errorf("--cluster-secret %s: shorter than 16 characters", o.secret), "openssl rand -hex 32 > FILE")
		}
	}
	if o.Cert != "" {
		c, err := o.TLS()
		if err != nil {
			return err
		}
		cfg.Certificate = &c.Certificates[0]
	}
	if o.rootCA != "" {
		cfg.Roots = x509.NewCertPool()
		return flagset.AddCAs(cfg.Roots, "--tls-ca", o.rootCA)
	}
	return nil
}

// watchUsers applies changes of the keys until ctx is done.
func (o *jetstreamFlags) watchUsers(ctx context.Context, p *cli.Program, h *natshub.Hub) {
	path := UsersPath(o.dir)
	cli.Every(ctx, cli.WatchInterval, func() {
		now, err := os.ReadFile(path)
		if err != nil || string(now) == string(o.keys) {
			return
		}
		o.keys = now
		users, err := parseUsers(path, now)
		if err == nil {
			err = h.SetUsers(users)
		}
		if err != nil {
			fmt.Fprintf(p.Stderr, "spectap: the keys stay as they were: %v\n", err)
			return
		}
		fmt.Fprintf(p.Stderr, "spectap: %s may connect\n", cli.Plural(len(users), "key"))
	})
}

// UsersPath returns the file of the keys of a hub.
func UsersPath(dir string) string { return filepath.Join(dir, "keys.json") }

// readUsers reads the public keys of a hub, and returns their file. Without the file there are no
// keys.
func readUsers(dir string) (users []natshub.User, file []byte, err error) {
	file, err = os.ReadFile(UsersPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the keys of the hub: %w", err)
	}
	users, err = parseUsers(UsersPath(dir), file)
	return users, file, err
}

func parseUsers(path string, file []byte) (users []natshub.User, err error) {
	if err := json.Unmarshal(file, &users); err != nil {
		return nil, fmt.Errorf("read the keys of the hub: %s: %w", path, err)
	}
	return users, nil
}

// newHubKeyCmd makes keys.
func newHubKeyCmd(p *cli.Program) *cobra.Command {
	var dir, team, source, remove string
	var worker, reader, editor, list bool
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make, list and remove the keys of a hub",
		Long: `Makes a key of a team and prints its secret half, which is stored nowhere. The public half is in
keys.json in the folder of the hub, which a running hub reads again. In a cluster, all nodes need
the same keys.json.

The name of a team has 1 to 32 letters, digits, - and _, and does not end in _state.

A source may send its own flows, and read how far the hub has them. A reader may read all flows of
its team. A worker may also write what was learned, and an editor import flows and delete any.`,
		Example: `  spectap hub key --dir hub --team shop --source pod-1 > pod-1.nk
  spectap hub key --dir hub --team shop --worker > worker.nk
  spectap hub key --dir hub --team shop --reader > reader.nk
  spectap hub key --dir hub --team shop --editor > editor.nk
  spectap hub key --dir hub --list
  spectap hub key --dir hub --remove UABC…`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return cli.Lackingf(cmd, "spectap hub key needs --dir")
			}
			if list {
				users, _, err := readUsers(dir)
				for _, u := range users {
					fmt.Fprintf(p.Stdout, "%-12s  %-7s  %-20s  %s\n", u.Team, u.Role, u.Name, u.Key)
				}
				return err
			}
			if remove != "" {
				return changeUsers(dir, func(users []natshub.User) ([]natshub.User, error) {
					left := slices.DeleteFunc(slices.Clone(users), func(u natshub.User) bool { return u.Key == remove })
					if len(left) == len(users) {
						return nil, cli.WithHint(fmt.Errorf("no key %s", remove), "spectap hub key --list")
					}
					return left, nil
				})
			}
			u := natshub.User{Team: team, Role: natslog.RoleSource, Name: source}
			chosen := 0
			for role, set := range map[natslog.Role]bool{
				natslog.RoleSource: source != "", natslog.RoleWorker: worker, natslog.RoleReader: reader, natslog.RoleEditor: editor,
			} {
				if !set {
					continue
				}
				if chosen++; role != natslog.RoleSource {
					u.Role, u.Name = role, string(role)
				}
			}
			if chosen != 1 {
				return cli.Usagef(cmd, "spectap hub key needs one of --source, --worker, --reader and --editor")
			}
			return makeHubKey(p, cmd, dir, u)
		},
	}
	f := cmd.Flags()
	f.StringVar(&dir, "dir", "", "the `folder` of the hub")
	f.StringVar(&team, "team", "", "the `name` of the team")
	f.StringVar(&source, "source", "", "make the key of a proxy with this `name`")
	f.BoolVar(&worker, "worker", false, "make the key of workers")
	f.BoolVar(&reader, "reader", false, "make the key of readers")
	f.BoolVar(&editor, "editor", false, "make the key of people who import and delete flows")
	f.BoolVar(&list, "list", false, "list the keys")
	f.StringVar(&remove, "remove", "", "remove a public `key`; who uses it is disconnected")
	return cmd
}

func makeHubKey(p *cli.Program, cmd *cobra.Command, dir string, u natshub.User) error {
	if err := natslog.CheckTeam(u.Team); err != nil {
		return cli.Usagef(cmd, "--team %q: %w", u.Team, err)
	}
	if err := natslog.CheckSourceName(u.Name); err != nil {
		return cli.Usagef(cmd, "--source %q: %w", u.Name, err)
	}
	seed, key, err := natshub.NewKey()
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	defer clear(seed)
	u.Key = key
	err = changeUsers(dir, func(users []natshub.User) ([]natshub.User, error) { return append(users, u), nil })
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stderr, "%s %s of team %s: %s\n", u.Role, u.Name, u.Team, u.Key)
	_, err = fmt.Fprintf(p.Stdout, "%s\n", seed)
	return err
}

// changeUsers changes the file of keys.
func changeUsers(dir string, change func([]natshub.User) ([]natshub.User, error)) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the hub: %w", err)
	}
	lock, err := safefile.Lock(filepath.Join(dir, "keys.lock"))
	if err != nil {
		return fmt.Errorf("lock the keys of the hub: %w", err)
	}
	defer lock.Close()
	users, _, err := readUsers(dir)
	if err != nil {
		return err
	}
	if users, err = change(users); err != nil {
		return err
	}
	b, err := json.MarshalIndent(users, "", "  ")
	if err != nil {
		return err
	}
	if err := safefile.Write(context.Background(), UsersPath(dir), 0o600, append(b, '\n')); err != nil {
		return fmt.Errorf("write the keys of the hub: %w", err)
	}
	return nil
}

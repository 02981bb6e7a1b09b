package gateway

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/approval/webhook"
	"github.com/spectap/spectap/internal/httpserver"
	"github.com/spectap/spectap/internal/safefile"
)

// ChannelFlags set how people learn of held calls and decide on them, in addition to spectap
// approvals.
type ChannelFlags struct{ webhook, secret, listen string }

func (f *ChannelFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.webhook, "approval-webhook", os.Getenv("SPECTAP_APPROVAL_WEBHOOK"),
		"with --approvals: post each held call to this `URL`, redacted and signed; a signed response decides (env SPECTAP_APPROVAL_WEBHOOK)")
	fl.StringVar(&f.secret, "approval-webhook-secret", "", "the `file` with the secret that signs what is posted, and answers")
	fl.StringVar(&f.listen, "approval-listen", "", "take signed answers at this loopback `address`, such as 127.0.0.1:9470, apart from MCP")
}

// check returns an error for conflicting flags.
func (f *ChannelFlags) check(cmd *cobra.Command, approvals string) error {
	switch used := f.webhook != "" || f.listen != ""; {
	case approvals == "" && !cmd.Flags().Changed("approval-webhook") && f.listen == "" && f.secret == "":
		f.webhook = "" // it comes from the environment
		return nil
	case used && approvals == "":
		return cli.Usagef(cmd, "--approval-webhook and --approval-listen need --approvals")
	case used != (f.secret != ""):
		return cli.Usagef(cmd, "--approval-webhook-secret belongs to --approval-webhook or --approval-listen")
	}
	return nil
}

// readSecret reads a signing secret from a file that only its owner may read.
func readSecret(what, path string) ([]byte, error) {
	data, err := cli.ReadFile(path, cli.MaxSettings)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if info, err := os.Stat(path); err == nil && safefile.IsAccessibleToOthers(info) {
		return nil, cli.WithHint(fmt.Errorf("read %s: others can read %s, and sign with it", what, path), "chmod 600 "+path)
	}
	return bytes.TrimSpace(data), nil
}

// ReadApprovalKey reads the key that approvals need. It returns nil if path is "".
func ReadApprovalKey(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	key, err := readSecret("the approval key", path)
	if err == nil && len(key) < approval.MinKey {
		err = cli.WithHint(fmt.Errorf("the approval key in %s has %d bytes, and needs %d", path, len(key), approval.MinKey),
			"openssl rand -hex 32 >"+path)
	}
	return key, err
}

// OpenChannels posts held calls and accepts answers until end is called.
func OpenChannels(ctx context.Context, p *cli.Program, f *ChannelFlags, book *approval.Book, log *slog.Logger) (end func(), err error) {
	if f.webhook == "" && f.listen == "" {
		return func() {}, nil
	}
	secret, err := readSecret("the secret of the webhook", f.secret)
	if err != nil {
		return nil, err
	}
	h, err := webhook.New(webhook.Config{URL: f.webhook, Secret: secret, Book: book, Redactor: newRedactor(), Log: log})
	if err != nil {
		return nil, fmt.Errorf("--approval-webhook: %w", err)
	}
	stop := func() {}
	if f.listen != "" {
		if stop, err = listenForAnswers(p, f.listen, h, log); err != nil {
			h.Close()
			return nil, err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); h.Run(ctx) }()
	return func() { cancel(); <-done; stop(); h.Close() }, nil
}

// listenForAnswers accepts answers at a loopback address until stop is called. A reverse proxy for
// other machines forwards them with a Host of this machine.
func listenForAnswers(p *cli.Program, addr string, h *webhook.Hook, log *slog.Logger) (stop func(), err error) {
	rule := flagset.ListenRule{Flag: "--approval-listen", AnyPort: "--approval-listen 127.0.0.1:0, which selects a free port",
		ToRemote: "--approval-listen 127.0.0.1:9470", RemoteFlag: "a proxy of your own before it"}
	l, err := rule.Listen(addr)
	if err != nil {
		return nil, err
	}
	r, err := httpserver.NewReach(httpserver.ReachConfig{Addr: l.Addr()})
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("--approval-listen: %w", err)
	}
	fmt.Fprintf(p.Stderr, "spectap: answers to held calls at http://%s%s\n", l.Addr(), webhook.AnswerPath)
	return flagset.ServeBeside(l, nil, h.Handler(r), log.With("of", "answers to held calls")), nil
}

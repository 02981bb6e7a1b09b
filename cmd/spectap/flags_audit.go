package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/guard/audit"
)

// auditFlags are the flags of commands that write an audit.
type auditFlags struct {
	audit       string // the file
	values      bool
	key         string   // the file of the key that signs it
	checkpoints []string // where else the signatures go
}

func (f *auditFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.BoolVar(&f.values, "audit-values", false, "write arguments to the audit, without the secrets that redaction finds")
	fl.StringVar(&f.key, "audit-key", "", "sign the audit at intervals with the key in this `file`, which is made if there is none")
	fl.StringArrayVar(&f.checkpoints, "checkpoints", nil, "keep the signatures beside the audit too: a file, a folder, or syslog; repeatable (`target`)")
}

func (f *auditFlags) registerAudit(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.audit, "audit", "", "append decisions to this `file`, a chain of hashes")
}

// check refuses flags that have no effect.
func (f *auditFlags) check(cmd *cobra.Command) error {
	switch {
	case f.values && f.audit == "":
		return usagef(cmd, "--audit-values needs --audit")
	case f.key != "" && f.audit == "":
		return usagef(cmd, "--audit-key needs --audit")
	case len(f.checkpoints) > 0 && f.key == "":
		return usagef(cmd, "--checkpoints needs --audit-key: they are signed")
	}
	return nil
}

// openAuditLog opens the audit, and signs it if there is a key.
func (p *program) openAuditLog(ctx context.Context, f *auditFlags) (_ *audit.Log, err error) {
	l, err := audit.Open(f.audit, 0)
	if err != nil || f.key == "" {
		return l, err
	}
	s := audit.Signing{Failed: func(err error) { fmt.Fprintln(p.stderr, err) }}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
			for _, sink := range s.Sinks {
				sink.Close()
			}
		}
	}()
	if s.Key, err = p.openAuditKey(ctx, f.key); err != nil {
		return nil, err
	}
	for _, target := range f.checkpoints {
		sink, err := audit.OpenSink(target)
		if err != nil {
			return nil, err
		}
		s.Sinks = append(s.Sinks, sink)
	}
	return l, l.Sign(s)
}

// openAuditKey opens a key, and says so if it has made it.
func (p *program) openAuditKey(ctx context.Context, path string) (ed25519.PrivateKey, error) {
	key, made, err := audit.OpenKey(ctx, path)
	if made {
		fmt.Fprintf(p.stderr, "%s: a new key; keep a copy of %s%s where nobody who can write the audit can change it\n", path, path, audit.PublicSuffix)
	}
	return key, err
}

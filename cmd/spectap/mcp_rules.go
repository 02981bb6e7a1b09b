package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spectap/spectap/rules"
	"github.com/spectap/spectap/store"
)

// Rules implements [mcptools.RuleKeeper].
func (c *changer) Rules(ctx context.Context) ([]rules.Rule, error) {
	data, _, err := c.lease.LoadModel(ctx, rules.ModelName)
	if err != nil {
		return nil, err
	}
	return readRules(data)
}

// ChangeRules implements [mcptools.RuleKeeper]. When it returns, a proxy that owns the store
// applies the new rules. Later proxies do as well.
func (c *changer) ChangeRules(ctx context.Context, change func([]rules.Rule) ([]rules.Rule, error)) error {
	return c.lease.Suspend(func() error {
		st, err := c.p.open(store.Options{})
		if err != nil {
			return err
		}
		return errors.Join(changeRules(ctx, st, change), st.Close())
	})
}

// changeRules applies change to the saved rules, again if another process changed them meanwhile.
// If they are unreadable, it can only remove them all.
func changeRules(ctx context.Context, st store.Models, change func([]rules.Rule) ([]rules.Rule, error)) error {
	for {
		err := tryChangeRules(ctx, st, change)
		if !errors.Is(err, store.ErrOutdated) {
			return err
		}
	}
}

func tryChangeRules(ctx context.Context, st store.Models, change func([]rules.Rule) ([]rules.Rule, error)) error {
	data, basis, err := st.LoadModel(ctx, rules.ModelName)
	if err != nil {
		return err
	}
	list, unreadable := readRules(data)
	if list, err = change(list); err != nil {
		return err
	}
	if unreadable != nil && list != nil {
		return unreadable
	}
	if data, err = rules.Encode(list); err != nil {
		return err
	}
	return st.SaveModel(ctx, rules.ModelName, data, store.Basis{Revision: basis.Revision})
}

// readRules parses saved rules. It is for listing and replacing them: unreadable rules must not be
// overwritten by accident.
func readRules(data []byte) ([]rules.Rule, error) {
	list, err := rules.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("the saved rules cannot be read: %w", err)
	}
	return list, nil
}

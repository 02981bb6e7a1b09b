package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spectap/spectap/rules"
	"github.com/spectap/spectap/store"
)

// Rules implements mcptools.RuleKeeper.
func (c *changer) Rules(ctx context.Context) ([]rules.Rule, error) {
	data, _, err := c.lease.LoadModel(ctx, rules.ModelName)
	if err != nil {
		return nil, err
	}
	return readRules(data)
}

// ChangeRules implements mcptools.RuleKeeper. A proxy that has the store uses them when this returns; one that begins
// later does, too.
func (c *changer) ChangeRules(ctx context.Context, change func([]rules.Rule) ([]rules.Rule, error)) error {
	return c.lease.Suspend(func() error {
		st, err := c.p.open(store.Options{})
		if err != nil {
			return err
		}
		return errors.Join(changeRules(ctx, st, change), st.Close())
	})
}

func changeRules(ctx context.Context, st store.Models, change func([]rules.Rule) ([]rules.Rule, error)) error {
	data, _, err := st.LoadModel(ctx, rules.ModelName)
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
	return st.SaveModel(ctx, rules.ModelName, data, store.Basis{})
}

// readRules is rules.Parse for what is shown or written again: rules that cannot be read must not get lost that way.
func readRules(data []byte) ([]rules.Rule, error) {
	list, err := rules.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("the rules that are kept cannot be used: %w", err)
	}
	return list, nil
}

// Package main answers conformance cases: one case per line on standard input, one answer per line on standard output.
// The protocol is in ../README.md. This file is common to the harnesses written in Go; each defines run and hello.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type testCase struct {
	ID        string              `json:"id"`
	Kind      string              `json:"kind"`
	Text      string              `json:"text"`
	EventType string              `json:"eventType"`
	Origin    string              `json:"origin"`
	Local     string              `json:"local"`
	Devices   map[string][]string `json:"devices"`
}

type answer struct {
	ID      string `json:"id"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason,omitempty"`
	// With "accept", by kind.
	Grammar    string            `json:"grammar,omitempty"`
	Text       *string           `json:"text,omitempty"`
	Edus       []string          `json:"edus,omitempty"`
	Deliveries *[][3]any         `json:"deliveries,omitempty"`
	Events     *[]map[string]any `json:"events,omitempty"`
}

type hello struct {
	Versions map[string]string `json:"versions"`
	Kinds    map[string]string `json:"kinds"`
}

func accept() answer                   { return answer{Verdict: "accept"} }
func reject(reason string) answer      { return answer{Verdict: "reject", Reason: reason} }
func unsupported(reason string) answer { return answer{Verdict: "unsupported", Reason: reason} }

// verdictOf accepts if there is no error.
func verdictOf(err error) answer {
	if err != nil {
		return reject(err.Error())
	}
	return accept()
}

// readString returns the string in a JSON text. Go decodes null as the empty string, which suits an optional member.
// Here the text is the identifier itself.
func readString(text string) (string, error) {
	var value *string
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return "", err
	}
	if value == nil {
		return "", fmt.Errorf("null is not a string")
	}
	return *value, nil
}

// guarded runs a case. A panic is reported as a crash, not as a verdict.
func guarded(run func(testCase) answer, each testCase) (result answer) {
	defer func() {
		if cause := recover(); cause != nil {
			result = answer{Verdict: "crash", Reason: fmt.Sprint(cause)}
		}
	}()
	return run(each)
}

func serve(greeting hello, run func(testCase) answer) {
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	must(out.Encode(greeting))
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var each testCase
		must(json.Unmarshal(line, &each))
		result := guarded(run, each)
		result.ID = each.ID
		must(out.Encode(result))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

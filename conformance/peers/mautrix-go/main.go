package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"

	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/crypto/canonicaljson"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const module = "maunium.net/go/mautrix"

func main() {
	serve(hello{
		Versions: map[string]string{module: moduleVersion()},
		Kinds: map[string]string{
			"userId":        "UserID.ParseAndValidateRelaxed, ParseAndValidateStrict",
			"serverName":    "ValidateServerName",
			"contents":      "Content.UnmarshalJSON, ParseRaw",
			"canonicalJson": "canonicaljson.CanonicalJSON",
			"appservice":    "AppService.PutTransaction",
		},
	}, run)
}

func moduleVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	return "unknown"
}

func run(each testCase) answer {
	switch each.Kind {
	case "userId":
		return userID(each.Text)
	case "serverName":
		return serverName(each.Text)
	case "contents":
		return contents(each.Text, each.EventType)
	case "canonicalJson":
		return canonicalJSON(each.Text)
	case "appservice":
		return transaction(each)
	}
	return unsupported("")
}

func userID(text string) answer {
	value, err := readString(text)
	if err != nil {
		return reject(err.Error())
	}
	if _, _, err = id.UserID(value).ParseAndValidateRelaxed(); err != nil {
		return reject(err.Error())
	}
	result := accept()
	// It does not distinguish historical IDs from invalid ones.
	if _, _, err = id.UserID(value).ParseAndValidateStrict(); err == nil {
		result.Grammar = "strict"
	}
	return result
}

func serverName(text string) answer {
	value, err := readString(text)
	if err != nil {
		return reject(err.Error())
	}
	if !id.ValidateServerName(value) {
		return reject("invalid server name")
	}
	return accept()
}

func contents(text, eventType string) answer {
	var content event.Content
	if err := json.Unmarshal([]byte(text), &content); err != nil {
		return reject(err.Error())
	}
	err := content.ParseRaw(event.Type{Type: eventType, Class: event.ToDeviceEventType})
	if errors.Is(err, event.ErrUnsupportedContentType) {
		return unsupported(err.Error())
	}
	return verdictOf(err)
}

func canonicalJSON(text string) answer {
	canonical, err := canonicaljson.CanonicalJSON([]byte(text))
	if err != nil {
		return reject(err.Error())
	}
	result := accept()
	written := string(canonical)
	result.Text = &written
	return result
}

// transaction returns the to-device events that reach the channel of the application.
func transaction(each testCase) answer {
	service := appservice.Create()
	service.Registration = &appservice.Registration{ServerToken: "token", EphemeralEvents: true}
	request := httptest.NewRequest(http.MethodPut, "/_matrix/app/v1/transactions/1", strings.NewReader(each.Text))
	request.Header.Set("Authorization", "Bearer token")
	response := httptest.NewRecorder()
	service.Router.ServeHTTP(response, request)
	if response.Code != http.StatusOK {
		return reject(response.Body.String())
	}
	close(service.ToDeviceEvents)
	events := []map[string]any{}
	for received := range service.ToDeviceEvents {
		events = append(events, map[string]any{
			"type":         received.Type.Type,
			"sender":       received.Sender,
			"to_user_id":   received.ToUserID,
			"to_device_id": received.ToDeviceID,
			"content":      received.Content.VeryRaw,
		})
	}
	result := accept()
	result.Events = &events
	return result
}

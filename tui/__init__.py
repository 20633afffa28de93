"""The screen: shows events, sends commands, decides nothing."""

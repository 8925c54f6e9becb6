// Emoji by the short names that people know from other chats: ":smile:" and the like, those that are used most.
//
// Rules:
// 1. A sign is written with U+FE0F behind it where it would be drawn as text otherwise (Unicode Technical Standard 51).
// 2. This module is loaded when somebody first types a text, not with the page.

// Each sign with its names; the first one is shown.
const TABLE =
  "😀 grinning 😃 smiley 😄 smile 😁 grin 😆 laughing 😅 sweat_smile 🤣 rofl 😂 joy 🙂 slightly_smiling_face " +
  "🙃 upside_down_face 😉 wink 😊 blush 😇 innocent 😍 heart_eyes 🤩 star_struck 😘 kissing_heart 😋 yum " +
  "😛 stuck_out_tongue 😜 stuck_out_tongue_winking_eye 🤗 hugs 🤔 thinking 🫡 saluting_face 🤨 raised_eyebrow " +
  "😐 neutral_face 😑 expressionless 😏 smirk 😒 unamused 🙄 roll_eyes 😬 grimacing 😔 pensive 😪 sleepy 😴 sleeping " +
  "😷 mask 🤯 exploding_head 🥳 partying_face 😎 sunglasses 🤓 nerd_face 😕 confused 😟 worried 😲 astonished 😳 flushed " +
  "🥺 pleading_face 😢 cry 😭 sob 😱 scream 😞 disappointed 😓 sweat 😫 tired_face 🥱 yawning_face 😠 angry 💀 skull 💩 poop " +
  "👻 ghost 🤖 robot 🙈 see_no_evil 🙉 hear_no_evil 🙊 speak_no_evil 💔 broken_heart ❤️ heart 💛 yellow_heart " +
  "💚 green_heart 💙 blue_heart 💜 purple_heart 🖤 black_heart 💯 100 💥 boom 💣 bomb 💬 speech_balloon 💤 zzz 👋 wave " +
  "✋ hand 👌 ok_hand 🤞 crossed_fingers 👈 point_left 👉 point_right 👆 point_up_2 👇 point_down 👍 +1,thumbsup " +
  "👎 -1,thumbsdown 👏 clap 🙌 raised_hands 🤝 handshake 🙏 pray 💪 muscle 👀 eyes 🧠 brain 🙋 raising_hand 🤦 facepalm " +
  "🤷 shrug 🥷 ninja 🏃 running 🐶 dog 🐱 cat 🦊 fox_face 🦄 unicorn 🐧 penguin 🐸 frog 🐍 snake 🐌 snail 🐛 bug 🐝 bee 🌹 rose " +
  "🌻 sunflower 🍀 four_leaf_clover 🍎 apple 🍌 banana 🍕 pizza 🍔 hamburger 🍪 cookie 🎂 birthday 🍰 cake ☕ coffee 🍵 tea " +
  "🍷 wine_glass 🍺 beer 🍻 beers 🥂 clinking_glasses 🌐 globe_with_meridians 🏠 house 🌈 rainbow 🚗 car 🚲 bike " +
  "🚨 rotating_light 🚧 construction ✈️ airplane 🚀 rocket ⏳ hourglass_flowing_sand ⏰ alarm_clock ☀️ sunny ☁️ cloud " +
  "⚡ zap ❄️ snowflake 🔥 fire ⭐ star ✨ sparkles 🎃 jack_o_lantern 🎄 christmas_tree 🎈 balloon 🎉 tada 🎁 gift 🏆 trophy " +
  "⚽ soccer 🎮 video_game 🎨 art 👑 crown 💎 gem 📣 mega 🔔 bell 🔕 no_bell 🎶 notes 🎧 headphones ☎️ phone 🔋 battery " +
  "🔌 electric_plug 💻 computer ⌨️ keyboard 📷 camera 🔍 mag 💡 bulb 📖 book 📚 books 📰 newspaper 💰 moneybag " +
  "💳 credit_card 📈 chart_with_upwards_trend 📉 chart_with_downwards_trend 📊 bar_chart ✉️ email 📦 package 📝 memo " +
  "✏️ pencil2 📁 file_folder 📅 date 📌 pushpin 📎 paperclip 🔗 link ✂️ scissors 🗑️ wastebasket 🔒 lock 🔓 unlock 🔑 key " +
  "🔨 hammer 🪓 axe 🔧 wrench ⚙️ gear 🧪 test_tube 💊 pill 🚪 door 🧹 broom ⚠️ warning ⛔ no_entry 🚫 no_entry_sign " +
  "⬆️ arrow_up ➡️ arrow_right ⬇️ arrow_down ⬅️ arrow_left 🔄 arrows_counterclockwise 🔜 soon ♻️ recycle ❓ question " +
  "❗ exclamation ✅ white_check_mark ✔️ heavy_check_mark ❌ x ➕ heavy_plus_sign ➖ heavy_minus_sign 🔴 red_circle " +
  "🟡 yellow_circle 🟢 green_circle 🆗 ok 🆘 sos 🏳️‍🌈 rainbow_flag 🏴‍☠️ pirate_flag";

/** @type {Map<string, string>} */
const SIGNS = new Map();
const words = TABLE.split(" ");
for (let place = 0; place < words.length; place += 2) {
  (words[place + 1] ?? "").split(",").forEach((name) => SIGNS.set(name, words[place] ?? ""));
}

/**
 * Names and signs for the beginning of a name: the name itself, then what begins so, then what has a later word that
 * begins so; each sign once.
 * @param {string} beginning @returns {{name: string, sign: string}[]}
 */
export function named(beginning) {
  const found = [...SIGNS].flatMap(([name, sign]) => {
    const rank = rankOf(name, beginning);
    return rank === null ? [] : [{ rank, name, sign }];
  });
  found.sort((one, other) =>
    one.rank - other.rank || one.name.length - other.name.length || (one.name < other.name ? -1 : 1));
  const seen = new Set();
  return found.filter(({ sign }) => !seen.has(sign) && seen.add(sign)).map(({ name, sign }) => ({ name, sign }));
}

/** @param {string} name @param {string} beginning */
function rankOf(name, beginning) {
  if (name.startsWith(beginning)) {
    return name === beginning ? 0 : 1;
  }
  return name.includes(`_${beginning}`) ? 2 : null;
}
